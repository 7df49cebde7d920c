/** Instants and durations in words. Every instant is shown in Shenzhen's time, whatever the
 *  browser's zone, in one form for both languages. */

const ZONE = 'Asia/Shanghai'

const parts = new Intl.DateTimeFormat('en-CA', {
  timeZone: ZONE,
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})

interface Civil {
  date: string
  monthDay: string
  minute: string
  second: string
}

function civil(ms: number): Civil {
  const found: Record<string, string> = {}
  for (const part of parts.formatToParts(ms)) found[part.type] = part.value
  const monthDay = `${found.month}-${found.day}`
  return {
    date: `${found.year}-${monthDay}`,
    monthDay,
    minute: `${found.hour}:${found.minute}`,
    second: `${found.hour}:${found.minute}:${found.second}`,
  }
}

/** `2026-11-24 09:05:59` */
export function instant(ms: number): string {
  const at = civil(ms)
  return `${at.date} ${at.second}`
}

/** `2026-11-24 09:05` */
export function toMinute(ms: number): string {
  const at = civil(ms)
  return `${at.date} ${at.minute}`
}

/** `09:05`, or `11-23 09:05` when it is not the day of `today`. */
export function shortInstant(ms: number, today: number): string {
  const at = civil(ms)
  return at.date === civil(today).date ? at.minute : `${at.monthDay} ${at.minute}`
}

/** `09:05:59`, or `11-23 09:05:59` when it is not the day of `today`. */
export function shortSecond(ms: number, today: number): string {
  const at = civil(ms)
  return at.date === civil(today).date ? at.second : `${at.monthDay} ${at.second}`
}

/** The milliseconds a `datetime-local` text means in Shenzhen (UTC+8, no summer time). */
export function fromLocalInput(text: string): number | null {
  const found = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)$/.exec(text)
  if (!found) return null
  const [year, month, day, hour, minute] = found.slice(1).map(Number) as [number, number, number, number, number]
  return Date.UTC(year, month - 1, day, hour - 8, minute)
}

/** The `datetime-local` text of an instant in Shenzhen. */
export function toLocalInput(ms: number): string {
  const at = civil(ms)
  return `${at.date}T${at.minute}`
}

const UNITS = {
  zh: { day: ' 天', hour: ' 小时', minute: ' 分', second: ' 秒', gap: ' ' },
  en: { day: ' d', hour: ' h', minute: ' min', second: ' s', gap: ' ' },
}

/** A length of time in its two largest units: `1 小时 12 分`, `2 天 3 小时`, `45 秒`. */
export function duration(ms: number, lang: 'zh' | 'en'): string {
  const unit = UNITS[lang]
  const seconds = Math.floor(Math.abs(ms) / 1000)
  const values: [number, string][] = [
    [Math.floor(seconds / 86400), unit.day],
    [Math.floor(seconds / 3600) % 24, unit.hour],
    [Math.floor(seconds / 60) % 60, unit.minute],
  ]
  const first = values.findIndex(([value]) => value > 0)
  if (first < 0) return `${seconds}${unit.second}`
  return values
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, name]) => `${value}${name}`)
    .join(unit.gap)
}
