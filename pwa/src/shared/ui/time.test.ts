import { describe, expect, it } from 'vitest'
import { clockTime, duration, fullTime, shortTime } from './time'

const at = (text: string): number => Date.parse(`${text}+08:00`)

describe('times in Shenzhen', () => {
  it.each([
    ['same day', '2026-11-24T12:00:00', '2026-11-24T09:00:00', '12:00'],
    ['just before midnight is still today', '2026-11-24T23:59:59', '2026-11-24T00:00:00', '23:59'],
    ['just after midnight is tomorrow', '2026-11-25T00:00:00', '2026-11-24T23:59:59', '明天 00:00'],
    ['yesterday', '2026-11-23T18:30:00', '2026-11-24T09:00:00', '昨天 18:30'],
    ['another day', '2026-11-20T18:30:00', '2026-11-24T09:00:00', '11月20日 18:30'],
  ])('%s', (_name, time, now, expected) => {
    expect(shortTime(at(time), at(now))).toBe(expected)
  })

  it('does not depend on the zone of the phone', () => {
    expect(clockTime(Date.UTC(2026, 10, 24, 4, 0))).toBe('12:00')
    expect(fullTime(Date.UTC(2026, 11, 31, 16, 0, 9))).toBe('2027-01-01 00:00:09')
  })
})

describe('durations', () => {
  it.each([
    [59_999, '不到 1 分钟'],
    [60_000, '1 分'],
    [3_599_999, '59 分'],
    [3_600_000, '1 小时 0 分'],
    [4_320_000, '1 小时 12 分'],
    [-4_320_000, '1 小时 12 分'],
    [86_400_000, '1 天 0 小时'],
    [5 * 86_400_000 - 1, '4 天 23 小时'],
  ])('%i ms is %s', (ms, expected) => {
    expect(duration(ms)).toBe(expected)
  })
})
