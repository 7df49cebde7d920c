import { describe, expect, it } from 'vitest'
import { intervalChart, sideOf } from './intervalChart'

const NINE = Date.UTC(2026, 10, 24, 1, 0, 0)
const MIN = 60_000
const HOUR = 60 * MIN
const at = (earliest: number, latest: number) => ({ earliest: NINE + earliest, latest: NINE + latest })
const REPORT = at(0, 0)
const LIMIT = 3 * HOUR

describe('sideOf', () => {
  it.each([
    ['wholly before', at(5 * MIN, 88 * MIN), 'before'],
    ['ending exactly on the deadline', at(5 * MIN, LIMIT), 'before'],
    ['one millisecond beyond', at(5 * MIN, LIMIT + 1), 'across'],
    ['beginning exactly on the deadline', at(LIMIT, LIMIT + HOUR), 'across'],
    ['wholly after', at(LIMIT + 1, LIMIT + HOUR), 'after'],
  ])('%s', (_, ended, side) => {
    expect(sideOf(REPORT, LIMIT, ended)).toBe(side)
  })
  it('gives an unsure start the benefit on neither side', () => {
    const started = at(-10 * MIN, 10 * MIN)
    expect(sideOf(started, LIMIT, at(0, LIMIT - 5 * MIN))).toBe('across')
    expect(sideOf(started, LIMIT, at(LIMIT + 5 * MIN, LIMIT + HOUR))).toBe('across')
  })
})

describe('intervalChart', () => {
  it('keeps order along the axis: start, bars, deadline', () => {
    const chart = intervalChart(REPORT, LIMIT, [{ kind: 'b', interval: at(5 * MIN, 88 * MIN) }], null)
    const [bar] = chart.bars
    expect(chart.start).toBeGreaterThan(0)
    expect(bar!.from).toBeGreaterThan(chart.start)
    expect(chart.due!.from).toBeGreaterThan(bar!.to)
    expect(chart.due!.from).toBeLessThan(1)
    expect([bar!.cutLeft, bar!.cutRight, bar!.point]).toEqual([false, false, false])
  })
  it('cuts an end three days later and says so, so that the three hours stay readable', () => {
    const chart = intervalChart(REPORT, LIMIT, [{ kind: 'b', interval: at(5 * MIN, 72 * HOUR) }], null)
    expect(chart.bars[0]!.cutRight).toBe(true)
    expect(chart.bars[0]!.to).toBe(1)
    expect(chart.due!.from).toBeGreaterThan(0.4)
  })
  it('draws seconds as a point', () => {
    const chart = intervalChart(REPORT, LIMIT, [{ kind: 'c', interval: at(88 * MIN, 88 * MIN + 7000) }], null)
    expect(chart.bars[0]!.point).toBe(true)
  })
  it('puts ticks on round times of the day and not too many', () => {
    for (const limit of [10 * MIN, HOUR, LIMIT, 12 * HOUR, 5 * 24 * HOUR]) {
      const chart = intervalChart(REPORT, limit, [], null)
      expect(chart.ticks.length).toBeGreaterThan(2)
      expect(chart.ticks.length).toBeLessThan(12)
      const gap = chart.ticks[1]!.at - chart.ticks[0]!.at
      for (const tick of chart.ticks) expect((tick.at + 8 * HOUR) % gap).toBe(0)
    }
  })
  it('works without a limit and with a running clock', () => {
    const chart = intervalChart(REPORT, null, [], NINE + 30 * MIN)
    expect(chart.due).toBeNull()
    expect(chart.now).toBeGreaterThan(chart.start)
    expect(chart.now).toBeLessThanOrEqual(1)
  })
})
