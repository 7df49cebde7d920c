/** Instants as the console shows them: Shenzhen's time whatever the browser's zone, with digits
 *  only, so that columns line up and both languages read the same. */
import { clockSeconds, clockTime, dayOf, duration, fullTime } from '../../shared/ui/time'

export { duration }

/** `2026-11-24 09:05:59` */
export const instant = fullTime

/** `2026-11-24 09:05` */
export const toMinute = (ms: number): string => fullTime(ms).slice(0, 16)

const monthDay = (ms: number): string => fullTime(ms).slice(5, 10)

/** `09:05`, or `11-23 09:05` when it is not the day of `today`. */
export const shortInstant = (ms: number, today: number): string =>
  dayOf(ms) === dayOf(today) ? clockTime(ms) : `${monthDay(ms)} ${clockTime(ms)}`

/** `09:05:59`, or `11-23 09:05:59` when it is not the day of `today`. */
export const shortSecond = (ms: number, today: number): string =>
  dayOf(ms) === dayOf(today) ? clockSeconds(ms) : `${monthDay(ms)} ${clockSeconds(ms)}`

/** The milliseconds a `datetime-local` text means in Shenzhen (UTC+8, no summer time). */
export function fromLocalInput(text: string): number | null {
  const found = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)$/.exec(text)
  if (!found) return null
  const [year, month, day, hour, minute] = found.slice(1).map(Number) as [number, number, number, number, number]
  return Date.UTC(year, month - 1, day, hour - 8, minute)
}

/** The `datetime-local` text of an instant in Shenzhen. */
export const toLocalInput = (ms: number): string => toMinute(ms).replace(' ', 'T')
