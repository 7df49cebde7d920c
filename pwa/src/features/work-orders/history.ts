/** Every fact of a work order as one list, newest first. */
import type { Moment, PersonId, WorkOrder } from '../../domain/types'
import { rungKey } from '../../shared/ui/escalation/escalation'

export type HistoryKind =
  | 'reported' | 'assigned' | 'responded' | 'set_out' | 'checked_in' | 'left_site'
  | 'work_recorded' | 'photo_taken' | 'noted' | 'restored' | 'evaluated' | 'filed' | 'filing_answered' | 'alerted' | 'taken_over'
  | 'joined' | 'alarm_cleared' | 'link_made' | 'link_revoked' | 'closed_unevaluated'

export interface HistoryItem {
  key: string
  kind: HistoryKind
  at: Moment
  by: PersonId
  /** A person's own words, a code of the rules, or a number; the screen knows which by the kind. */
  detail: string
}

type Entry = { at: Moment; by: PersonId }

const entries = <T extends Entry>(facts: readonly T[], kind: HistoryKind, detail: (fact: T) => string): HistoryItem[] =>
  facts.map((fact) => ({ key: fact.at.event, kind, at: fact.at, by: fact.by, detail: detail(fact) }))

export function historyOf(doc: WorkOrder): HistoryItem[] {
  const visits = doc.visits.map((visit) => visit.check_in)
  const departures = doc.visits.flatMap(({ check_in: { by }, left }): HistoryItem[] =>
    left ? [{ key: left.event, kind: 'left_site', at: left, by, detail: '' }] : [],
  )
  return [
    ...entries([doc.report], 'reported', (fact) => fact.channel),
    ...entries(doc.assignments, 'assigned', (fact) => fact.technician),
    ...entries(doc.responses, 'responded', (fact) => fact.how),
    ...entries(doc.set_outs, 'set_out', () => ''),
    ...entries(visits, 'checked_in', (fact) => fact.terminal),
    ...departures,
    ...entries(doc.work, 'work_recorded', (fact) => fact.action),
    ...entries(doc.photos, 'photo_taken', (fact) => fact.slot),
    ...entries(doc.notes, 'noted', (fact) => fact.text),
    ...entries(doc.restored, 'restored', () => ''),
    ...entries(doc.filings ?? [], 'filed', (fact) => fact.reason),
    ...entries(doc.filing_answers ?? [], 'filing_answered', (fact) => (fact.accepted ? 'accepted' : 'refused')),
    ...(doc.alerts ?? []).map((alert): HistoryItem => {
      const detail = `${alert.clock}.${rungKey(alert.rung)}`
      return { key: `${alert.at.event}${detail}${alert.due_at}`, kind: 'alerted', at: alert.at, by: alert.by, detail }
    }),
    ...entries(doc.takeovers ?? [], 'taken_over', (fact) => fact.text),
    ...entries(doc.joins ?? [], 'joined', (fact) => fact.text),
    ...entries(doc.clearings ?? [], 'alarm_cleared', () => ''),
    ...entries(doc.links ?? [], 'link_made', () => ''),
    ...entries(doc.link_ends ?? [], 'link_revoked', () => ''),
    ...entries(doc.closings ?? [], 'closed_unevaluated', () => ''),
    ...entries(doc.evaluations, 'evaluated', (fact) => String(fact.stars)),
  ].sort((a, b) => b.at.wall - a.at.wall || b.at.seq - a.at.seq)
}
