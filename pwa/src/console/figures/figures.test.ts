import { expect, it } from 'vitest'
import { daysOf, instantsOf, percent, type Share } from './figures'

const at = (text: string) => Date.parse(`${text}+08:00`)
const share = (least: number | null, most: number | null) => ({ strong_permille_min: least, strong_permille_max: most }) as Share

it.each([
  ['days30', '2026-11-24T09:00:00', '2026-10-26', '2026-11-24'],
  ['month', '2026-11-24T09:00:00', '2026-11-01', '2026-11-24'],
  ['month', '2026-12-01T00:00:00', '2026-12-01', '2026-12-01'],
  ['month', '2026-11-30T23:59:59', '2026-11-01', '2026-11-30'],
  ['last_month', '2026-11-24T09:00:00', '2026-10-01', '2026-10-31'],
  ['last_month', '2027-01-01T00:00:00', '2026-12-01', '2026-12-31'],
  ['last_month', '2028-03-15T12:00:00', '2028-02-01', '2028-02-29'],
  ['year', '2026-11-24T09:00:00', '2026-01-01', '2026-11-24'],
] as const)('%s at %s', (name, now, first, last) => {
  expect(daysOf(name, at(now))).toEqual({ first, last })
})

it('days are whole and both included', () => {
  expect(instantsOf({ first: '2026-11-24', last: '2026-11-24' })).toEqual({ from: at('2026-11-24T00:00:00'), to: at('2026-11-25T00:00:00') })
  expect(instantsOf({ first: '2026-11-25', last: '2026-11-24' })).toBeNull()
  expect(instantsOf({ first: '', last: '2026-11-24' })).toBeNull()
})

it('a share is a range while not all can be told', () => {
  expect(percent(share(null, null))).toBe('–')
  expect(percent(share(333, 334))).toBe('33.3 %')
  expect(percent(share(1000, 1000))).toBe('100.0 %')
  expect(percent(share(333, 667))).toBe('33.3 – 66.7 %')
})
