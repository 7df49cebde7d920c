/** The course of a work order as a list, oldest first. Pure: which fact, when, by whom; the words
 *  are made where it is shown. */
import type { ClockKind, Moment, PersonId, WorkOrder } from '../../domain/types'
import { hasEnd } from '../lib/bound'

type Doc = WorkOrder

export type Entry =
  | { kind: 'reported'; at: Moment; by: PersonId; report: Doc['report'] }
  | { kind: 'assigned'; at: Moment; by: PersonId; technician: PersonId; reason: string | null }
  | { kind: 'responded'; at: Moment; by: PersonId; how: string; person?: PersonId }
  | { kind: 'joined'; at: Moment; by: PersonId; channel: string; text: string }
  | { kind: 'alarm_cleared'; at: Moment; by: PersonId; cleared_at: number }
  | { kind: 'set_out'; at: Moment; by: PersonId }
  | { kind: 'checked_in'; at: Moment; by: PersonId; terminal: string; reason: string | null }
  | { kind: 'left_site'; at: Moment; by: PersonId }
  | { kind: 'photos'; at: Moment; by: PersonId; count: number }
  | { kind: 'work_recorded'; at: Moment; by: PersonId; work: Doc['work'][number] }
  | { kind: 'noted'; at: Moment; by: PersonId; text: string }
  | { kind: 'filed'; at: Moment; by: PersonId; filing: NonNullable<Doc['filings']>[number] }
  | { kind: 'filing_answered'; at: Moment; by: PersonId; accepted: boolean; text: string }
  | { kind: 'alerted'; at: Moment; by: PersonId; alert: NonNullable<Doc['alerts']>[number] }
  | { kind: 'taken_over'; at: Moment; by: PersonId; clock: ClockKind; text: string }
  | { kind: 'restored'; at: Moment; by: PersonId }
  | { kind: 'link_made'; at: Moment; by: PersonId; expires_at: number }
  | { kind: 'link_revoked' | 'closed_unevaluated'; at: Moment; by: PersonId }
  | { kind: 'evaluated'; at: Moment; by: PersonId; evaluation: Doc['evaluations'][number] }

/** Photos one after the other by one person are one line. */
function photoRuns(photos: Doc['photos']): Entry[] {
  const GAP_MS = 10 * 60_000
  const runs: Extract<Entry, { kind: 'photos' }>[] = []
  for (const photo of [...photos].sort((a, b) => a.at.wall - b.at.wall)) {
    const last = runs[runs.length - 1]
    if (last && last.by === photo.by && photo.at.wall - last.at.wall < GAP_MS) last.count += 1
    else runs.push({ kind: 'photos', at: photo.at, by: photo.by, count: 1 })
  }
  return runs
}

/** Before the first receipt there is no bound; then the claimed time has to do. */
const latest = (at: Moment): number => (at.bounds && hasEnd(at.bounds.c) ? at.bounds.c.latest : at.wall)

export function timelineOf(doc: Doc): Entry[] {
  const entries: Entry[] = [
    { kind: 'reported', at: doc.report.at, by: doc.report.by, report: doc.report },
    ...doc.assignments.map((said): Entry => ({ kind: 'assigned', ...said })),
    ...doc.responses.map((said): Entry => ({ kind: 'responded', ...said })),
    ...doc.set_outs.map((said): Entry => ({ kind: 'set_out', ...said })),
    ...doc.visits.flatMap(({ check_in, left }): Entry[] => [
      { kind: 'checked_in', at: check_in.at, by: check_in.by, terminal: check_in.terminal, reason: check_in.reason },
      ...(left ? [{ kind: 'left_site' as const, at: left, by: check_in.by }] : []),
    ]),
    ...photoRuns(doc.photos),
    ...doc.work.map((work): Entry => ({ kind: 'work_recorded', at: work.at, by: work.by, work })),
    ...doc.notes.map((said): Entry => ({ kind: 'noted', ...said })),
    ...(doc.filings ?? []).map((filing): Entry => ({ kind: 'filed', at: filing.at, by: filing.by, filing })),
    ...(doc.filing_answers ?? []).map((said): Entry => ({ kind: 'filing_answered', ...said })),
    ...(doc.alerts ?? []).map((alert): Entry => ({ kind: 'alerted', at: alert.at, by: alert.by, alert })),
    ...(doc.takeovers ?? []).map((said): Entry => ({ kind: 'taken_over', ...said })),
    ...doc.restored.map((said): Entry => ({ kind: 'restored', ...said })),
    ...(doc.joins ?? []).map((said): Entry => ({ kind: 'joined', ...said })),
    ...(doc.clearings ?? []).map((said): Entry => ({ kind: 'alarm_cleared', ...said })),
    ...(doc.links ?? []).map((said): Entry => ({ kind: 'link_made', ...said })),
    ...(doc.link_ends ?? []).map((said): Entry => ({ kind: 'link_revoked', ...said })),
    ...(doc.closings ?? []).map((said): Entry => ({ kind: 'closed_unevaluated', ...said })),
    ...doc.evaluations.map((evaluation): Entry => ({ kind: 'evaluated', at: evaluation.at, by: evaluation.by, evaluation })),
  ]
  return mergeChains(entries)
}

/** Each device tells its own story by its own numbering, also with a clock that was set back; the
 *  stories are merged by the latest moment each fact can have happened. */
function mergeChains(entries: Entry[]): Entry[] {
  const chains = new Map<string, Entry[]>()
  for (const entry of entries) chains.set(entry.at.dev, [...(chains.get(entry.at.dev) ?? []), entry])
  const queues = [...chains.values()].map((chain) => chain.sort((a, b) => a.at.seq - b.at.seq))
  const merged: Entry[] = []
  for (;;) {
    const heads = queues.filter((queue) => queue.length > 0)
    if (heads.length === 0) return merged
    const first = heads.reduce((a, b) => (latest(a[0]!.at) <= latest(b[0]!.at) ? a : b))
    merged.push(first.shift()!)
  }
}
