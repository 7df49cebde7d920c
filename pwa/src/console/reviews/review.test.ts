import { describe, expect, it } from 'vitest'
import type { Ink } from '../../domain/types'
import { degrees, drawings, hasGrown, measured, pictures, UNDO, type Sighting } from './review'

const seen = (wo: string, more: Partial<Sighting> = {}): Sighting => ({
  ...{ wo, district: 'FT', terminal: 'T', event: `e-${wo}`, by: 'P-1', dev: 'd', claimed: 0, proved: null, seen: 'photo' },
  ...more,
})

describe('measured', () => {
  it.each([
    ['apart_bits', 12, '12 / 256'],
    ['apart_permille', 7, '0.7 %'],
    ['late_percent', 80, '80 %'],
    ['speed_km_h', 612, '612 km/h'],
    ['distance_cm', 1_234_567, '12.3 km'],
    ['away_cm', 99_949, '999 m'],
    ['same_timing', 1, 'yes'],
    ['same_timing', 0, 'no'],
    ['visits', 3, '3'],
  ])('%s %i', (code, value, expected) => expect(measured({ code, value }, 'yes', 'no')).toBe(expected))

  it('says that a clock went back', () => expect(measured({ code: 'delta_ms', value: -3_600_000 }, '', '').startsWith('−')).toBe(true))
})

describe('pictures', () => {
  it('lays two different ones beside each other', () => {
    const found = pictures([seen('A', { sha256: 'x' }), seen('B', { sha256: 'x' }), seen('C', { sha256: 'y' })])
    expect(found.map(({ wo }) => wo)).toEqual(['A', 'C'])
  })
  it('shows the same file in both its work orders', () =>
    expect(pictures([seen('A', { sha256: 'x' }), seen('A', { sha256: 'x' }), seen('B', { sha256: 'x' })]).map(({ wo }) => wo)).toEqual(['A', 'B']))
  it('knows none and one', () => {
    expect(pictures([seen('A')])).toEqual([])
    expect(pictures([seen('A', { sha256: 'x' })])).toHaveLength(1)
  })
})

describe('drawings', () => {
  const ink: Ink = { width: 1, height: 1, strokes: [] }
  it('leaves out what was erased', () => {
    const sightings = [seen('A', { c: 'a' }), seen('B', { c: 'b' })]
    expect(drawings({ sightings, inks: { b: ink } }).map((drawn) => drawn.seen.wo)).toEqual(['B'])
  })
})

describe('hasGrown', () => {
  const decided = (shown: string) => ({ seq: 1, by: 'P', by_name: '', at: 0, outcome: { code: 'no_issue', zh: '', en: '' }, reason: '', shown })
  it('compares with the last decision only', () => {
    expect(hasGrown({ digest: 'b', decisions: [] })).toBe(false)
    expect(hasGrown({ digest: 'b', decisions: [decided('a'), decided('b')] })).toBe(false)
    expect(hasGrown({ digest: 'b', decisions: [decided('b'), decided('a')] })).toBe(true)
  })
})

it('turns a copy back', () => {
  expect(UNDO.quarter).toBe('rotate(-90deg)')
  expect(UNDO.mirrored).toBe('scaleX(-1)')
})

it('writes degrees to the centimetre', () => expect(degrees({ lat_e7: 225_430_001, lng_e7: 1_140_580_000 })).toBe('22.5430001, 114.0580000'))
