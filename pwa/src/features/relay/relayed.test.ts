import { expect, it } from 'vitest'
import { moment, visit, workOrder } from '../workOrder.fixture'
import { draw } from './qr'
import { digitsOf, isRelayed, placeOf } from './relayed'

it.each([
  [null, 5, false],
  [{ head_seq: 4 }, 5, false],
  [{ head_seq: 5 }, 5, true],
  [{ head_seq: 6 }, 5, true],
  [{ head_seq: 6 }, 0, false],
])('a head %o covers place %i: %s', (relayed, place, covered) => {
  expect(isRelayed(relayed, place)).toBe(covered)
})

it.each([
  ['123456', '123456'],
  [' 123 456 ', '123456'],
  ['１２３４５６', '123456'],
  ['12-34x', '1234'],
  ['', ''],
])('reads the digits %s', (typed, digits) => {
  expect(digitsOf(typed)).toBe(digits)
})

it('finds the place of an act in this phone’s own chain only', () => {
  const doc = workOrder()
  expect(placeOf(doc, 'arrival', 'd1')).toBe(0)
  const mine = { ...moment(1), dev: 'd1', seq: 7 }
  const other = { ...moment(2), dev: 'd2', seq: 99 }
  const of = (at: typeof mine) => ({ ...visit(1), check_in: { ...visit(1).check_in, at } })
  const visited = { ...doc, visits: [of(mine), of(other)] }
  expect(placeOf(visited, 'arrival', 'd1')).toBe(7)
  expect(placeOf(visited, 'arrival', null)).toBe(0)
  expect(placeOf(visited, 'repair', 'd1')).toBe(0)
})

it('draws an address as a code of version 6 at most', () => {
  const { size, path } = draw(`https://daochang.szgov.cn/r/${'A'.repeat(22)}/12345/${'B'.repeat(43)}`)
  expect(size).toBeLessThanOrEqual(41 + 8)
  expect(path.startsWith('M4 4h7v1h-7z')).toBe(true)
})
