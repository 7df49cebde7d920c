/** Geometry of the arrival chart: one time axis, the deadline, and for each grade of trust the
 *  interval in which the act must lie. Times in, fractions of the width (0–1) out; no pixels,
 *  no words, no verdicts of its own. */

export interface Interval {
  earliest: number
  latest: number
}

export interface BarInput<K extends string> {
  kind: K
  interval: Interval
}

export interface Bar<K extends string> {
  kind: K
  interval: Interval
  /** Where the bar begins and ends, 0–1 of the width. */
  from: number
  to: number
  /** So narrow that it is drawn as a point. */
  point: boolean
  /** The interval goes on beyond the left or right edge of the axis. */
  cutLeft: boolean
  cutRight: boolean
}

export interface Tick {
  at: number
  x: number
}

export interface IntervalChart<K extends string> {
  axis: Interval
  ticks: Tick[]
  start: number
  /** The deadline: from `started.earliest + limit` to `started.latest + limit`. */
  due: { from: number; to: number } | null
  bars: Bar<K>[]
  now: number | null
}

const MINUTE = 60_000
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 14400].map((m) => m * MINUTE)
const TICKS_MAX = 9
const POINT_BELOW = 0.006
/** The axis shows at most this many limits after the report; later ends are cut and said so. */
const LIMITS_SHOWN = 2

/** Shenzhen's whole hours are UTC's whole hours, but its midnight is not. */
const ZONE_OFFSET = 8 * 3_600_000

function ticksOf(axis: Interval, x: (at: number) => number): Tick[] {
  const span = axis.latest - axis.earliest
  const step = STEPS.find((candidate) => span / candidate <= TICKS_MAX) ?? span / TICKS_MAX
  const ticks: Tick[] = []
  const first = Math.ceil((axis.earliest + ZONE_OFFSET) / step) * step - ZONE_OFFSET
  for (let at = first; at <= axis.latest; at += step) ticks.push({ at, x: x(at) })
  return ticks
}

/** @param limit ms, or null when the clause sets none; @param now drawn only while it runs. */
export function intervalChart<K extends string>(
  started: Interval,
  limit: number | null,
  inputs: BarInput<K>[],
  now: number | null,
): IntervalChart<K> {
  const dueAt = limit === null ? null : { earliest: started.earliest + limit, latest: started.latest + limit }
  const ends = [...inputs.map((input) => input.interval.latest), dueAt?.latest ?? 0, now ?? 0, started.latest + MINUTE]
  const wanted = Math.max(...ends)
  const farthest = limit === null ? wanted : started.earliest + limit * LIMITS_SHOWN
  const span = Math.min(wanted, farthest) - started.earliest
  const axis = { earliest: started.earliest - span * 0.04, latest: started.earliest + span * 1.08 }
  const width = axis.latest - axis.earliest
  const x = (at: number) => Math.min(1, Math.max(0, (at - axis.earliest) / width))
  return {
    axis,
    ticks: ticksOf(axis, x),
    start: x(started.earliest),
    due: dueAt && { from: x(dueAt.earliest), to: x(dueAt.latest) },
    bars: inputs.map(({ kind, interval }) => {
      const from = x(interval.earliest)
      const to = x(interval.latest)
      return {
        kind,
        interval,
        from,
        to,
        point: to - from < POINT_BELOW,
        cutLeft: interval.earliest < axis.earliest,
        cutRight: interval.latest > axis.latest,
      }
    }),
    now: now !== null && now <= axis.latest ? x(now) : null,
  }
}

/** Where an interval lies against a deadline; the words of the chart's row. */
export type Side = 'before' | 'after' | 'across'

/** Inclusive: an end exactly on the deadline is in time ("3 小时内"). The start is itself an
 *  interval, so "before" must hold for its earliest and "after" for its latest value. */
export function sideOf(started: Interval, limit: number, ended: Interval): Side {
  if (ended.latest - started.earliest <= limit) return 'before'
  if (ended.earliest - started.latest > limit) return 'after'
  return 'across'
}
