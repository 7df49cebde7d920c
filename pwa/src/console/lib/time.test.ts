import { describe, expect, it } from 'vitest'
import { fromLocalInput, instant, shortInstant, toLocalInput } from './time'

const NINE = Date.UTC(2026, 10, 24, 1, 0, 5)

describe('instants', () => {
  it('are shown in Shenzhen time', () => {
    expect(instant(NINE)).toBe('2026-11-24 09:00:05')
    expect(instant(Date.UTC(2026, 11, 31, 16, 0, 0))).toBe('2027-01-01 00:00:00')
  })
  it('name the day only when it is another day', () => {
    expect(shortInstant(NINE, NINE + 3_600_000)).toBe('09:00')
    expect(shortInstant(NINE, NINE + 86_400_000)).toBe('11-24 09:00')
  })
  it('go through a datetime-local field unchanged to the minute', () => {
    expect(fromLocalInput(toLocalInput(NINE))).toBe(NINE - 5_000)
    expect(fromLocalInput('')).toBeNull()
  })
})
