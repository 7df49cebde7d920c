import { describe, expect, it } from 'vitest'
import type { Judgement, WorkOrder } from '../../../domain/types'
import { awaitsAnswer, expectedAt, filingsOf, fromLocal, mayFile, toLocal } from './filing'

const HOUR = 3_600_000
const NOW = Date.parse('2026-11-24T01:00:00Z')

describe('the expected time', () => {
  it('counts from now', () => {
    expect(expectedAt('2', '', NOW)).toBe(NOW + 2 * HOUR)
    expect(expectedAt('2', '', NOW - 0.4)).toBe(NOW + 2 * HOUR)
  })
  it('is a time in Shenzhen whatever zone the device is set to', () => {
    expect(toLocal(NOW)).toBe('2026-11-24T09:00')
    expect(fromLocal('2026-11-24T09:00')).toBe(NOW)
  })
  it('lies in the future and within thirty days', () => {
    expect(expectedAt('own', '2026-11-24T09:00', NOW)).toBeNull()
    expect(expectedAt('own', '2026-11-24T09:01', NOW)).toBe(NOW + 60_000)
    expect(expectedAt('own', '2026-12-24T09:00', NOW)).toBe(NOW + 30 * 24 * HOUR)
    expect(expectedAt('own', '2026-12-24T09:01', NOW)).toBeNull()
    expect(expectedAt('own', '', NOW)).toBeNull()
    expect(expectedAt(null, '', NOW)).toBeNull()
  })
})

const said = (event: string) => ({ at: { event }, by: 'P-1', reason: 'traffic', text: '堵车', expected_at: NOW })

describe('a filing', () => {
  const doc = { filings: [said('a'), said('b')], filing_answers: [{ filing: 'a', accepted: false, text: '不属实' }] } as unknown as WorkOrder
  it('stands with its answer and what the rules say', () => {
    const judgement = { filings: [{ event: 'a', in_time: 'met' }] } as unknown as Judgement
    expect(filingsOf(doc, judgement).map(({ answer, words, judged }) => [answer, words, judged?.in_time])).toEqual([
      ['refused', '不属实', 'met'],
      ['none', '', undefined],
    ])
    expect(awaitsAnswer(doc)).toBe(true)
    expect(awaitsAnswer({ ...doc, filings: doc.filings!.slice(0, 1) })).toBe(false)
    expect(awaitsAnswer({} as WorkOrder)).toBe(false)
  })
  it('can be made while an arrival is due', () => {
    const with_ = (clock: object, stage = 'responded') => ({ clocks: [clock], stage: { name: stage } }) as unknown as Judgement
    expect(mayFile(with_({ kind: 'arrival', ended: null }))).toBe(true)
    expect(mayFile(with_({ kind: 'arrival', ended: null }, 'evaluated'))).toBe(false)
    expect(mayFile(with_({ kind: 'arrival', ended: {} }))).toBe(false)
    expect(mayFile(with_({ kind: 'repair', ended: null }))).toBe(false)
  })
})
