/** What a read code means for the person who holds the phone: decided here, shown elsewhere. */
import type { StageName, TerminalId } from '../../domain/types'
import type { WorkOrderView } from '../../ports'

export type Outcome =
  | { kind: 'check_in'; wo: string }
  | { kind: 'wrong'; wo: string; expected: TerminalId }
  | { kind: 'terminal'; orders: WorkOrderView[] }

const BEFORE_ARRIVAL: readonly StageName[] = ['reported', 'assigned', 'responded', 'under_way', 'reopened']

const isOpen = (view: WorkOrderView): boolean => view.judgement.stage.name !== 'evaluated'

export const awaitsCheckIn = ({ doc, judgement }: WorkOrderView): boolean =>
  BEFORE_ARRIVAL.includes(judgement.stage.name) && doc.visits.every((visit) => visit.left !== null)

/**
 * `wanted` is the work order the person set out to check in for, if any. Without one, a terminal
 * with exactly one work order that waits for an arrival leads straight to its check-in.
 */
export function outcomeOf(terminal: TerminalId, views: readonly WorkOrderView[], wanted: string | null): Outcome {
  const aim = wanted === null ? undefined : views.find((view) => view.doc.id === wanted)
  if (aim) {
    return aim.doc.terminal === terminal
      ? { kind: 'check_in', wo: aim.doc.id }
      : { kind: 'wrong', wo: aim.doc.id, expected: aim.doc.terminal }
  }
  const orders = views.filter((view) => view.doc.terminal === terminal && isOpen(view))
  const only = orders.length === 1 ? orders[0] : undefined
  return only && awaitsCheckIn(only) ? { kind: 'check_in', wo: only.doc.id } : { kind: 'terminal', orders }
}
