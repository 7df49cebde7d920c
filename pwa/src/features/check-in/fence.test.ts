import { describe, expect, it } from 'vitest'
import type { Fix, Site, Terminal } from '../../domain/types'
import { distanceM, sideOf, sketchOf } from './fence'

const place = { lat_e7: 225_400_000, lng_e7: 1_140_500_000 }
const terminal = { ...place, radius_cm: null } as Terminal
const site = { radius_cm: 15_000 } as Site
const fix = (lat: number, lng: number, accuracyM: number): Fix => ({
  lat_e7: lat, lng_e7: lng, acc_cm: accuracyM * 100, ts: 0, mono: 0, src: 'gnss', crs: 'wgs84',
})

describe('the distance', () => {
  it.each([
    ['nothing', 0, 0, 0],
    ['0.001° north', 10_000, 0, 110.7],
    ['0.001° east', 0, 10_000, 102.8],
    ['both', 10_000, 10_000, 151.1],
  ])('of %s', (_name, lat, lng, metres) => {
    expect(distanceM({ lat_e7: place.lat_e7 + lat, lng_e7: place.lng_e7 + lng }, place)).toBeCloseTo(metres, 0)
  })
})

describe('the side of the fence', () => {
  it.each([
    ['inside up to the very edge', 100, 50, 'inside'],
    ['a metre more and nobody can tell', 101, 50, 'cannot_tell'],
    ['outside only when even the error is outside', 201, 50, 'outside'],
    ['at the edge of that it still cannot be told', 200, 50, 'cannot_tell'],
    ['a poor fix in the middle', 0, 3_000, 'cannot_tell'],
  ] as const)('%s', (_name, distance, accuracy, side) => {
    expect(sideOf(distance, accuracy, 150)).toBe(side)
  })
})

describe('the strip', () => {
  it('uses the terminal’s own radius before the site’s', () => {
    expect(sketchOf(fix(place.lat_e7, place.lng_e7, 10), { ...terminal, radius_cm: 5_000 }, site).radiusM).toBe(50)
    expect(sketchOf(fix(place.lat_e7, place.lng_e7, 10), terminal, site).radiusM).toBe(150)
  })

  it('keeps everything on the strip, however far away', () => {
    const sketch = sketchOf(fix(place.lat_e7 + 1_000_000, place.lng_e7, 40), terminal, site)
    expect(sketch.side).toBe('outside')
    expect(sketch.to).toBeLessThanOrEqual(1)
    expect(sketch.from).toBeGreaterThan(sketch.fence)
  })
})
