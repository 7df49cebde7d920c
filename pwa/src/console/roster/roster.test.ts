import { describe, expect, it } from 'vitest'
import { clockOf, draftOf, emptyShift, formOf, isOverMidnight, minuteOf, type Draft } from './roster'

describe('hours', () => {
  it('are read to the minute', () => {
    expect(['00:00', '9:05', '23:59', ' 12:30 '].map(minuteOf)).toEqual([0, 545, 1439, 750])
    expect(['24:00', '9', '9:60', '', '9:5', '-1:00'].map(minuteOf)).toEqual([null, null, null, null, null, null])
  })
  it('are written as they were read', () => {
    for (const minute of [0, 1, 545, 1439]) expect(minuteOf(clockOf(minute))).toBe(minute)
  })
  it('that end where they begin run into the next day', () => {
    expect(isOverMidnight({ from_minute: 480, to_minute: 480 })).toBe(true)
    expect(isOverMidnight({ from_minute: 480, to_minute: 481 })).toBe(false)
  })
})

describe('formOf', () => {
  const draft = (): Draft => ({ place: 'site', subject: 'S-1', version: 2, shifts: [{ ...emptyShift(), person: 'P-1' }], ladder: [['P-2']] })
  it('is what was shown, if nothing was changed', () => {
    const form = formOf(draft())!
    expect(form).toEqual({ version: 2, shifts: [{ days: 'every', from_minute: 480, to_minute: 1200, person: 'P-1', deputy: null }], ladder: [['P-2']] })
    const row = { ...draft(), ...form, people: [] } as never
    expect(draftOf(row)).toEqual(draft())
  })
  it('waits for everything that is needed', () => {
    const spoilt: ((draft: Draft) => void)[] = [
      (d) => (d.shifts[0]!.person = ''),
      (d) => (d.shifts[0]!.from = '25:00'),
      (d) => (d.shifts[0]!.to = ''),
      (d) => (d.subject = ' '),
      (d) => d.ladder.push(['']),
    ]
    for (const spoil of spoilt) {
      const d = draft()
      spoil(d)
      expect(formOf(d)).toBeNull()
    }
  })
})
