/** A duty roster as it is typed and read. Who is on duty the server says; here are only hours and names. */
import type { RosterPlace, RosterRow, RosterShift } from '../api'

/** `09:05` as minutes after midnight; null if it is no time of a day. */
export function minuteOf(text: string): number | null {
  const found = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text.trim())
  return found ? Number(found[1]) * 60 + Number(found[2]) : null
}

/** Minutes after midnight as `09:05`. */
export const clockOf = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`

/** Whether a shift runs into the next day. */
export const isOverMidnight = (shift: Pick<RosterShift, 'from_minute' | 'to_minute'>): boolean => shift.to_minute <= shift.from_minute

export interface DraftShift {
  days: RosterShift['days']
  from: string
  to: string
  person: string
  deputy: string
}

export interface Draft {
  place: RosterPlace
  subject: string
  /** 0 for a roster that is not there yet. */
  version: number
  shifts: DraftShift[]
  /** One person a rung; more of them on one rung stay as they are. */
  ladder: string[][]
}

export const draftOf = (row: RosterRow): Draft => ({
  place: row.place,
  subject: row.subject,
  version: row.version,
  shifts: row.shifts.map((shift) => ({
    days: shift.days,
    from: clockOf(shift.from_minute),
    to: clockOf(shift.to_minute),
    person: shift.person,
    deputy: shift.deputy ?? '',
  })),
  ladder: row.ladder.map((rung) => [...rung]),
})

export const emptyShift = (): DraftShift => ({ days: 'every', from: '08:00', to: '20:00', person: '', deputy: '' })

/** What is sent; null while something is missing. */
export function formOf(draft: Draft): { version: number; shifts: RosterShift[]; ladder: string[][] } | null {
  const shifts: RosterShift[] = []
  for (const { days, from, to, person, deputy } of draft.shifts) {
    const [from_minute, to_minute] = [minuteOf(from), minuteOf(to)]
    if (from_minute === null || to_minute === null || person === '') return null
    shifts.push({ days, from_minute, to_minute, person, deputy: deputy === '' ? null : deputy })
  }
  if (draft.subject.trim() === '' || draft.ladder.some((rung) => rung.some((person) => person === ''))) return null
  return { version: draft.version, shifts, ladder: draft.ladder }
}
