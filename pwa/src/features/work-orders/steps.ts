/**
 * The steps of a work order as the technician walks them, and the one deed that comes next.
 * Steps are read from the facts; after an evaluation that says "not resolved" they start again.
 */
import type { Judgement, Moment, PersonId, StageName, WorkOrder } from '../../domain/types'

export type StepName = 'respond' | 'set_out' | 'check_in' | 'work' | 'restore' | 'evaluate'
export type Deed = 'respond' | 'set_out' | 'check_in' | 'work' | 'hand_over' | 'leave'

export interface Step {
  name: StepName
  at: Moment | null
  state: 'done' | 'current' | 'later' | 'skipped'
}

interface Dated {
  at: Moment
}

const lastOf = <T extends Dated>(facts: readonly T[], after: number): T | undefined =>
  facts.findLast((fact) => fact.at.wall > after)

/** When the present round began: the last evaluation that left the fault unresolved. */
const roundStart = (doc: WorkOrder): number =>
  doc.evaluations.findLast((evaluation) => !evaluation.resolved)?.at.wall ?? Number.NEGATIVE_INFINITY

export const isMine = (doc: WorkOrder, me: PersonId): boolean => doc.assignments.at(-1)?.technician === me

/** My visit that has no departure yet. */
export const openVisit = (doc: WorkOrder, me: PersonId) =>
  doc.visits.findLast((visit) => visit.check_in.by === me && visit.left === null)

export const workOfRound = (doc: WorkOrder) => lastOf(doc.work, roundStart(doc))

export function stepsOf(doc: WorkOrder): Step[] {
  const after = roundStart(doc)
  const remote = workOfRound(doc)?.mode === 'remote'
  const visit = doc.visits.findLast((one) => one.check_in.at.wall > after)
  const found: [StepName, Moment | null][] = [
    ['respond', (doc.responses[0] ?? null)?.at ?? null],
    ['set_out', lastOf(doc.set_outs, after)?.at ?? null],
    ['check_in', visit?.check_in.at ?? null],
    ['work', workOfRound(doc)?.at ?? null],
    ['restore', lastOf(doc.restored, after)?.at ?? null],
    ['evaluate', lastOf(doc.evaluations, after)?.at ?? null],
  ]
  const reached = found.reduce((last, [, at], index) => (at ? index : last), -1)
  return found.map(([name, at], index) => ({ name, at, state: stateOf(name, at, index, reached, remote) }))
}

function stateOf(name: StepName, at: Moment | null, index: number, reached: number, remote: boolean): Step['state'] {
  if (at) return 'done'
  if (index < reached || (remote && (name === 'set_out' || name === 'check_in'))) return 'skipped'
  return index === reached + 1 ? 'current' : 'later'
}

/** Whether somebody set out after the last departure and after the last "not resolved". */
function isOnTheWay(doc: WorkOrder): boolean {
  const departures = doc.visits.map((visit) => visit.left?.wall ?? Number.NEGATIVE_INFINITY)
  const since = Math.max(roundStart(doc), ...departures)
  return lastOf(doc.set_outs, since) !== undefined
}

const DONE: readonly StageName[] = ['restored', 'evaluated', 'closed_unevaluated']

/** What the one big button does now; null when nothing is left, or the work order is another's. */
export function nextDeed(doc: WorkOrder, judgement: Judgement, me: PersonId): Deed | null {
  const visit = openVisit(doc, me)
  if (!isMine(doc, me)) return visit ? 'leave' : null
  const stage = judgement.stage.name
  // Whoever checked in without accepting first still owes the response, whose clock goes on (9.2 a).
  if (doc.responses.length === 0 && !DONE.includes(stage)) return 'respond'
  switch (stage) {
    case 'restored':
      return 'hand_over'
    case 'evaluated':
    case 'closed_unevaluated':
      return visit ? 'leave' : null
    default:
      if (visit) return 'work'
      return isOnTheWay(doc) ? 'check_in' : 'set_out'
  }
}
