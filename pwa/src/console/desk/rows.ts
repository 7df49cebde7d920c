/** What the desk's table shows: order, filters, counts, and a refresh that moves nothing under a
 *  person's finger. Pure. */
import type { WorkOrderRow } from '../../api/types'
import type { ClockKind, Verdict } from '../../domain/types'
import { clockOf, liveVerdict } from '../lib/deadline'

export type View = 'open' | 'all' | 'breached' | 'cannot_tell'
export const VIEWS: readonly View[] = ['open', 'all', 'breached', 'cannot_tell']
export const KINDS: readonly ClockKind[] = ['response', 'arrival', 'repair']

/** Arrival is more than its clock: without presence a punctual check-in proves nothing. */
export function verdictOf(row: WorkOrderRow, kind: ClockKind, now: number): Verdict | 'none' {
  const clock = clockOf(row.judgement, kind)
  const live = liveVerdict(clock, now)
  if (kind !== 'arrival' || live === 'running' || live === 'overdue' || live === 'none') return live
  return row.judgement.arrival.verdict ?? 'none'
}

const hasPassed = (verdict: Verdict | 'none') => verdict === 'breached' || verdict === 'overdue'

export function isInView(row: WorkOrderRow, view: View, now: number): boolean {
  const verdicts = () => KINDS.map((kind) => verdictOf(row, kind, now))
  if (view === 'breached') return verdicts().some(hasPassed)
  if (view === 'cannot_tell') return verdicts().includes('cannot_tell')
  return true
}

/** Milliseconds left on the next clock; what has no deadline comes after what has one. */
function timeLeft(row: WorkOrderRow, now: number): number {
  const clock = row.judgement.next ? clockOf(row.judgement, row.judgement.next) : undefined
  if (clock) return clock.due_at === null ? Number.MAX_SAFE_INTEGER - 3 : clock.due_at - now
  const last = { restored: 2, reopened: 2 } as Record<string, number>
  return Number.MAX_SAFE_INTEGER - (last[row.judgement.stage.name] ?? 1)
}

const reportedAt = (row: WorkOrderRow) => row.work_order.report.at.wall

/** Least time left first; among finished ones the newest first. */
export function byTimeLeft(rows: WorkOrderRow[], now: number): WorkOrderRow[] {
  return [...rows].sort((a, b) => timeLeft(a, now) - timeLeft(b, now) || reportedAt(b) - reportedAt(a))
}

/** While a person is on the table, rows keep their places: old ones are replaced where they
 *  stand, vanished ones leave, new ones wait at the end until the table is sorted again. */
export function keepPlaces(shown: WorkOrderRow[], fresh: WorkOrderRow[]): { rows: WorkOrderRow[]; waiting: number } {
  const byId = new Map(fresh.map((row) => [row.work_order.id, row]))
  const kept: WorkOrderRow[] = []
  for (const row of shown) {
    const found = byId.get(row.work_order.id)
    if (!found) continue
    kept.push(found)
    byId.delete(row.work_order.id)
  }
  return { rows: [...kept, ...byId.values()], waiting: byId.size }
}

export type Tally = Record<Verdict, number>
export const VERDICTS: readonly Verdict[] = ['met', 'breached', 'cannot_tell', 'running', 'overdue']

/** Counted separately, never folded into each other (F34). */
export function tally(rows: WorkOrderRow[], kind: ClockKind, now: number): Tally {
  const counts: Tally = { met: 0, breached: 0, cannot_tell: 0, running: 0, overdue: 0 }
  for (const row of rows) {
    const verdict = verdictOf(row, kind, now)
    if (verdict !== 'none') counts[verdict] += 1
  }
  return counts
}
