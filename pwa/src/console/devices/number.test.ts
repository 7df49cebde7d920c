import { describe, expect, it } from 'vitest'
import { digitsIn } from './number'

describe('a check number that was read out', () => {
  it.each([
    ['as the phone shows it', '1234 5678', '12345678'],
    ['without a gap', '12345678', '12345678'],
    ['in full-width digits', '１２３４　５６７８', '12345678'],
    ['with dashes', '12-34-56-78', '12345678'],
    ['too short', '1234 567', '1234567'],
    ['too long', '1234 56789', '123456789'],
    ['with a letter, which is no digit', '1234 567O', '1234567O'],
  ])('%s', (_name, typed, digits) => expect(digitsIn(typed)).toBe(digits))
})
