/** The figures as the server sends them, and the spans they are asked for. Pure. */
import type { Millis, WorkOrderId } from '../../domain/types'
import { fromLocalInput, toMinute } from '../lib/time'

export const SHOWN = ['strong', 'adequate', 'weak', 'none', 'contradicted', 'cannot_tell'] as const
export type Shown = (typeof SHOWN)[number]

export type Share = Record<Shown | 'total', number> & { strong_permille_min: number | null; strong_permille_max: number | null }

export interface ShareOf {
  id: string
  name: string
  share: Share
}

export interface PresenceFigure {
  from: Millis
  to: Millis
  behind: boolean
  total: Share
  districts: ShareOf[]
  providers: ShareOf[]
}

export interface CountedCheckIn {
  work_order: WorkOrderId
  event: string
  district: string
  provider: string
  terminal: string
  person: string
  person_name: string
  shown: Shown
  earliest: Millis
  /** Null while no receipt covers it. */
  latest: Millis | null
}

/** What a number is narrowed to. */
export interface Of {
  district?: string | undefined
  provider?: string | undefined
}

/** Whole days in Shenzhen, both included. */
export interface Days {
  first: string
  last: string
}

const DAY_MS = 86_400_000
const dayAt = (ms: Millis): string => toMinute(ms).slice(0, 10)

export const SPANS = ['days30', 'month', 'last_month', 'year'] as const
export type SpanName = (typeof SPANS)[number]

/** A named span, seen from this instant. */
export function daysOf(name: SpanName, now: Millis): Days {
  const today = dayAt(now)
  const monthBegan = `${today.slice(0, 7)}-01`
  if (name === 'days30') return { first: dayAt(now - 29 * DAY_MS), last: today }
  if (name === 'month') return { first: monthBegan, last: today }
  if (name === 'year') return { first: `${today.slice(0, 4)}-01-01`, last: today }
  const lastMonthEnded = dayAt((fromLocalInput(`${monthBegan}T00:00`) ?? now) - DAY_MS)
  return { first: `${lastMonthEnded.slice(0, 7)}-01`, last: lastMonthEnded }
}

/** From the first moment of the first day up to, and without, the first moment after the last. */
export function instantsOf({ first, last }: Days): { from: Millis; to: Millis } | null {
  const from = fromLocalInput(`${first}T00:00`)
  const began = fromLocalInput(`${last}T00:00`)
  return from === null || began === null || began < from ? null : { from, to: began + DAY_MS }
}

/** `33.3 %`, or `33.3 – 66.7 %` while not all can be told. */
export function percent({ strong_permille_min: least, strong_permille_max: most }: Share): string {
  if (least === null || most === null) return '–'
  const text = (permille: number) => (permille / 10).toFixed(1)
  // What differs by rounding only is one number, and the smaller one promises less.
  return most - least <= 1 ? `${text(least)} %` : `${text(least)} – ${text(most)} %`
}
