/** Times as people read them, always in Shenzhen's zone, whatever the phone is set to. */
import { lang } from '../i18n'
import { t } from './messages'

const ZONE = 'Asia/Shanghai'
const OFFSET = 8 * 3_600_000
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** The number of the Shenzhen day an instant falls on. */
export const dayOf = (at: number): number => Math.floor((at + OFFSET) / DAY)

const two = (n: number): string => String(n).padStart(2, '0')

/** `14:05` */
export function clockTime(at: number): string {
  const shifted = new Date(at + OFFSET)
  return `${two(shifted.getUTCHours())}:${two(shifted.getUTCMinutes())}`
}

/** `14:05:09`, for evidence. */
export const clockSeconds = (at: number): string => `${clockTime(at)}:${two(new Date(at + OFFSET).getUTCSeconds())}`

const dateText = (at: number): string =>
  new Intl.DateTimeFormat(lang.value === 'zh' ? 'zh-CN' : 'en-GB', { timeZone: ZONE, month: 'short', day: 'numeric' }).format(at)

/** `14:05` today, `明天 09:00`, `11月24日 14:05` otherwise. */
export function shortTime(at: number, now: number): string {
  const time = clockTime(at)
  const days = dayOf(at) - dayOf(now)
  if (days === 0) return time
  if (days === 1) return t('time.tomorrow', { time })
  if (days === -1) return t('time.yesterday', { time })
  return `${dateText(at)} ${time}`
}

/** `2026-11-24 14:05:09`, for watermarks. */
export function fullTime(at: number): string {
  const shifted = new Date(at + OFFSET)
  return `${shifted.getUTCFullYear()}-${two(shifted.getUTCMonth() + 1)}-${two(shifted.getUTCDate())} ${clockSeconds(at)}`
}

/** `1 小时 12 分`; whole minutes, rounded down, so that time left is never promised too long. */
export function duration(ms: number): string {
  const length = Math.abs(ms)
  if (length < MINUTE) return t('time.under_minute')
  if (length < HOUR) return t('time.minutes', { m: Math.floor(length / MINUTE) })
  if (length < DAY) return t('time.hours', { h: Math.floor(length / HOUR), m: Math.floor((length % HOUR) / MINUTE) })
  return t('time.days', { d: Math.floor(length / DAY), h: Math.floor((length % DAY) / HOUR) })
}
