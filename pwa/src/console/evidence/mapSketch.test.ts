import { describe, expect, it } from 'vitest'
import { bestFix, mapSketch, offset, roundMetres } from './mapSketch'

const TERMINAL = { lat_e7: 225_431_000, lng_e7: 1_140_579_000 }
const fix = (north: number, east: number, acc: number) => ({
  lat_e7: TERMINAL.lat_e7 + Math.round((north / 110_737.6) * 1e7),
  lng_e7: TERMINAL.lng_e7 + Math.round((east / 102_860) * 1e7),
  acc_cm: acc * 100,
})

describe('mapSketch', () => {
  it('draws north up and east right, to one scale', () => {
    const sketch = mapSketch(TERMINAL, 15_000, [fix(100, 0, 10), fix(0, 100, 10)], 400, null)
    const [north, east] = sketch.fixes
    expect(north!.y).toBeLessThan(sketch.centre.y)
    expect(north!.x).toBeCloseTo(sketch.centre.x, 3)
    expect(east!.x).toBeGreaterThan(sketch.centre.x)
    expect(sketch.centre.y - north!.y).toBeCloseTo(east!.x - sketch.centre.x, 1)
    expect((sketch.centre.y - north!.y) / sketch.fence).toBeCloseTo(100 / 150, 2)
  })
  it('keeps every centre inside the square, also when the judged fix is 40 km away', () => {
    const sketch = mapSketch(TERMINAL, 15_000, [fix(-40_000, 9_000, 30)], 400, 0)
    expect(sketch.fixes[0]!.beyond).toBeNull()
    for (const placed of sketch.fixes) {
      expect(placed.x).toBeGreaterThanOrEqual(0)
      expect(placed.y).toBeLessThanOrEqual(400)
    }
  })
  it('does not let a fix of five kilometres accuracy shrink the fence to a dot', () => {
    const sketch = mapSketch(TERMINAL, 15_000, [fix(20, 20, 5_000)], 400, null)
    expect(sketch.fence).toBeGreaterThan(50)
  })
  it('puts a stray fix at the edge in its direction, with its distance, and keeps the scale', () => {
    const calm = mapSketch(TERMINAL, 15_000, [fix(20, 20, 30)], 400, 0)
    const sketch = mapSketch(TERMINAL, 15_000, [fix(20, 20, 30), fix(0, 5_000, 2_000)], 400, 0)
    expect(sketch.fence).toBeCloseTo(calm.fence, 6)
    const stray = sketch.fixes[1]!
    expect(stray.beyond!.metres).toBeCloseTo(5_000, -1)
    expect(stray.beyond!.degrees).toBeCloseTo(90, 1)
    expect(stray.x).toBeGreaterThan(360)
    expect(stray.x).toBeLessThan(400)
  })
  it('has a scale bar of a round number that fits', () => {
    const sketch = mapSketch(TERMINAL, 15_000, [], 400, null)
    expect(sketch.scale.length).toBeLessThanOrEqual(120)
    expect(sketch.scale.length / sketch.scale.metres).toBeCloseTo(sketch.fence / 150, 6)
    expect([roundMetres(99), roundMetres(100), roundMetres(4.9), roundMetres(23)]).toEqual([50, 100, 2, 20])
  })
  it('measures a kilometre to the metre', () => {
    const { east, north } = offset(TERMINAL, fix(600, 800, 1))
    expect(Math.hypot(east, north)).toBeCloseTo(1000, 0)
  })
})

describe('bestFix', () => {
  const fixes = [fix(10, 0, 40), fix(50, 0, 12), fix(52, 0, 12)]
  it('is the one the judgement names', () => {
    expect(bestFix(TERMINAL, fixes, { distance_cm: 5_200, accuracy_cm: 1_200 })).toBe(2)
    expect(bestFix(TERMINAL, fixes, { distance_cm: 1_000, accuracy_cm: 4_000 })).toBe(0)
  })
  it('is the most accurate one when the judgement names none', () => {
    expect(bestFix(TERMINAL, fixes, { distance_cm: null, accuracy_cm: null })).toBe(1)
    expect(bestFix(TERMINAL, [], { distance_cm: null, accuracy_cm: null })).toBeNull()
  })
})
