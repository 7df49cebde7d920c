/**
 * The one next deadline of a work order, ready for words. The clocks and their limits come from
 * the rules (9.2 a, 9.3); here it is only said how near the next one is.
 */
import type { Clock, ClockKind, PersonId } from '../../domain/types'
import type { WorkOrderView } from '../../ports'
import { dayOf } from '../../shared/ui/time'
import { isMine } from './steps'

export type Urgency = 'calm' | 'soon' | 'overdue'

export interface Deadline {
  kind: ClockKind
  clause: string
  /** Null where the standard names no limit ("as soon as possible"). */
  dueAt: number | null
  /** Negative once the deadline has passed; null without one. */
  leftMs: number | null
  urgency: Urgency
}

const SOON_MS = 30 * 60_000
/** A short limit is "soon" only in its last third: 10 minutes must not start as an alarm. */
const SOON_SHARE = 1 / 3

type Judged = Pick<WorkOrderView, 'doc' | 'judgement'>

const clockOf = ({ judgement }: Judged): Clock | undefined =>
  judgement.clocks.find((clock) => clock.kind === judgement.next && clock.ended === null)

/**
 * Before the first sync after a check-in nothing proves when it was, so the repair limit that
 * runs from it (9.3 b) has no proven start. Until then the phone's own time is shown.
 */
function dueOf({ doc, judgement }: Judged, clock: Clock): number | null {
  if (clock.due_at === null || clock.limit_minutes === null || clock.started.earliest > 0) return clock.due_at
  const visit = doc.visits[judgement.arrival.visit ?? 0]
  return visit ? visit.check_in.at.wall + clock.limit_minutes * 60_000 : null
}

function urgencyOf(leftMs: number, limitMinutes: number | null): Urgency {
  if (leftMs < 0) return 'overdue'
  const soon = limitMinutes === null ? SOON_MS : Math.min(SOON_MS, limitMinutes * 60_000 * SOON_SHARE)
  return leftMs <= soon ? 'soon' : 'calm'
}

/** Null when no clock runs any more. */
export function deadlineOf(view: Judged, now: number): Deadline | null {
  const clock = clockOf(view)
  if (!clock) return null
  const { kind, clause, limit_minutes: limit } = clock
  const dueAt = dueOf(view, clock)
  if (dueAt === null) return { kind, clause, dueAt, leftMs: null, urgency: 'calm' }
  const leftMs = dueAt - now
  return { kind, clause, dueAt, leftMs, urgency: urgencyOf(leftMs, limit) }
}

const dueTime = (view: WorkOrderView): number | null => {
  const clock = clockOf(view)
  return clock ? dueOf(view, clock) : null
}

/** Nothing left to do for this person: evaluated, closed without, or given to somebody else. */
const isDone = (view: WorkOrderView, me: PersonId): boolean =>
  ['evaluated', 'closed_unevaluated'].includes(view.judgement.stage.name) || !isMine(view.doc, me)

const rank = (view: WorkOrderView, me: PersonId): [number, number] => {
  if (isDone(view, me)) return [3, -view.doc.report.at.wall]
  const due = dueTime(view)
  if (due !== null) return [0, due]
  return [view.judgement.stage.name === 'restored' ? 1 : 2, view.doc.report.at.wall]
}

/** Nearest deadline first, then what waits for an evaluation, done ones last, newest of them first. */
export const byDeadline =
  (me: PersonId) =>
  (a: WorkOrderView, b: WorkOrderView): number => {
    const [groupA, atA] = rank(a, me)
    const [groupB, atB] = rank(b, me)
    return groupA - groupB || atA - atB || a.doc.id.localeCompare(b.doc.id)
  }

export type Filter = 'today' | 'all' | 'done'

/** `today`: open and due today, overdue, or without a deadline. `all`: every open one. `done`: also what was given to others. */
export function filtered(views: readonly WorkOrderView[], filter: Filter, me: PersonId, now: number): WorkOrderView[] {
  const wanted = (view: WorkOrderView): boolean => {
    if (filter === 'done') return isDone(view, me)
    if (isDone(view, me)) return false
    const due = dueTime(view)
    return filter === 'all' || due === null || dayOf(due) <= dayOf(now)
  }
  return views.filter(wanted).sort(byDeadline(me))
}
