/** Review items as the server sends them, and what the screens make of them. Pure. */
import type { Digest, Ink, PersonId, TerminalId, WorkOrderId } from '../../domain/types'
import { duration } from '../../shared/ui/time'

export interface Words {
  code: string
  zh: string
  en: string
}

export interface MeasureValue extends Words {
  value: number
}

export const OUTCOMES = ['no_issue', 'confirmed', 'needs_follow_up'] as const
export type Outcome = (typeof OUTCOMES)[number]
export const STATES = ['open', 'decided', 'all'] as const
export type State = (typeof STATES)[number]

export interface ReviewItem {
  id: string
  kind: Words
  weight: 'certain' | 'possible' | 'note'
  open: boolean
  /** Whether the facts still say so. */
  holds: boolean
  outcome: Words | null
  at: number
  work_orders: WorkOrderId[]
  measures: MeasureValue[]
}

/** One fact; what else it carries depends on `seen`. */
export interface Sighting {
  wo: WorkOrderId
  district: string
  terminal: TerminalId
  event: string
  by: PersonId
  dev: string
  claimed: number
  proved: { earliest: number; latest: number } | null
  seen: string
  sha256?: Digest
  slot?: string
  source?: string
  c?: Digest
  position?: { lat_e7: number; lng_e7: number } | null
  accuracy_cm?: number
  /** Of a terminal whose coordinates are in doubt. */
  registered?: { lat_e7: number; lng_e7: number }
  away_cm?: number
  corrected_cm?: number
  taken_at?: string
}

export interface Decided {
  seq: number
  by: PersonId
  by_name: string
  at: number
  outcome: Words
  reason: string
  shown: Digest
}

/** How the second picture lies against the first. */
export type Laid = 'as_is' | 'quarter' | 'half' | 'three_quarters' | 'mirrored'

export interface ReviewShown {
  item: ReviewItem
  digest: Digest
  laid: Laid | null
  sightings: Sighting[]
  inks: Record<Digest, Ink>
  people: Record<PersonId, { name: string; org: string }>
  terminals: Record<TerminalId, { name: string; site: string }>
  decisions: Decided[]
}

/** Undoes on the second picture what was done to the first, so that both can be laid on each other. */
export const UNDO: Record<Laid, string> = {
  as_is: 'none',
  quarter: 'rotate(-90deg)',
  half: 'rotate(180deg)',
  three_quarters: 'rotate(90deg)',
  mirrored: 'scaleX(-1)',
}

const metres = (cm: number): string => (Math.abs(cm) >= 100_000 ? `${(cm / 100_000).toFixed(1)} km` : `${Math.round(cm / 100)} m`)

/** A number with its unit, which the end of its name says. */
export function measured({ code, value }: Pick<MeasureValue, 'code' | 'value'>, yes: string, no: string): string {
  if (code === 'same_timing') return value === 1 ? yes : no
  if (code.endsWith('_ms')) return `${value < 0 ? '−' : ''}${duration(Math.abs(value))}`
  if (code.endsWith('_cm')) return metres(value)
  if (code.endsWith('_bits')) return `${value} / 256`
  if (code.endsWith('_permille')) return `${(value / 10).toFixed(1)} %`
  if (code.endsWith('_percent')) return `${value} %`
  return code.endsWith('_km_h') ? `${value} km/h` : String(value)
}

/** The different pictures of an item, each through the first work order that has it. At most two
 *  can be laid beside each other; the same file in several work orders is one picture shown twice. */
export function pictures(sightings: readonly Sighting[]): Sighting[] {
  const photos = sightings.filter((seen) => seen.sha256)
  const first = photos[0]
  if (!first) return []
  const second = photos.find((seen) => seen.sha256 !== first.sha256) ?? photos.find((seen) => seen.wo !== first.wo)
  return second ? [first, second] : [first]
}

/** The drawn signatures of an item that are still there, each with its fact. */
export const drawings = (shown: Pick<ReviewShown, 'sightings' | 'inks'>): { seen: Sighting; ink: Ink }[] =>
  shown.sightings.flatMap((seen) => {
    const ink = seen.c ? shown.inks[seen.c] : undefined
    return ink ? [{ seen, ink }] : []
  })

/** Whether more is shown now than what the last decision was made on. */
export const hasGrown = (shown: Pick<ReviewShown, 'digest' | 'decisions'>): boolean => {
  const last = shown.decisions.at(-1)
  return last !== undefined && last.shown !== shown.digest
}

/** Where a position can be looked at, in degrees. */
export const degrees = ({ lat_e7, lng_e7 }: { lat_e7: number; lng_e7: number }): string =>
  `${(lat_e7 / 1e7).toFixed(7)}, ${(lng_e7 / 1e7).toFixed(7)}`
