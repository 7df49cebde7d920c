/** What was said about limits that come near or have passed (9.2 b, 9.3 c). Pure: the words are made where it is shown. */
import type { ClockKind, Judgement, PersonId, Rung, WorkOrder } from '../../../domain/types'

export type Alert = NonNullable<WorkOrder['alerts']>[number]

/** The name of a step's words. */
export const rungKey = (rung: Rung): 'warning' | 'overdue' | 'leader' | 'leader_above' => {
  if (typeof rung === 'string') return rung
  return rung.leader === 1 ? 'leader' : 'leader_above'
}

const height = (rung: Rung): number => (rung === 'warning' ? 0 : rung === 'overdue' ? 1 : 1 + rung.leader)

/** The step that reaches highest among those of clocks that still run; undefined if none was said. */
export function highest(doc: WorkOrder, judgement: Judgement): Alert | undefined {
  if (judgement.stage.name === 'evaluated') return undefined
  const runs = (kind: ClockKind): boolean => judgement.clocks.some((clock) => clock.kind === kind && clock.ended === null)
  return (doc.alerts ?? [])
    .filter((alert) => runs(alert.clock))
    .reduce<Alert | undefined>((best, alert) => (best && height(best.rung) >= height(alert.rung) ? best : alert), undefined)
}

/** Whether this person was told of it although the work order is somebody else's. */
export const standsIn = (doc: WorkOrder, alert: Alert, me: PersonId): boolean =>
  alert.to.includes(me) && doc.assignments.at(-1)?.technician !== me
