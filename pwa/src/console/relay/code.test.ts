import { expect, it } from 'vitest'
import { bare, grouped } from './code'

it.each([
  ['', '', ''],
  ['abc', 'ABC', 'ABC'],
  ['abcd', 'ABCD', 'ABCD'],
  ['abcde', 'ABCDE', 'ABCD E'],
  ['ab-cd  ef', 'ABCDEF', 'ABCD EF'],
  ['ａｂ１２３', 'AB123', 'AB12 3'],
  ['工 7', '7', '7'],
])('shows %s in groups', (typed, letters, groups) => {
  expect(bare(typed)).toBe(letters)
  expect(grouped(typed)).toBe(groups)
  expect(grouped(groups)).toBe(groups)
})
