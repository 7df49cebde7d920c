import { describe, expect, it } from 'vitest'
import { fit, InkModel, isEmptyInk } from './ink'

const pad = { width: 300, height: 150 }

function drawn(points: [number, number, number][], on = pad): InkModel {
  const model = new InkModel()
  points.forEach(([x, y, now], index) => {
    if (index === 0) model.begin({ x, y }, on, now)
    else model.extend({ x, y }, on, now)
  })
  model.end()
  return model
}

describe('ink', () => {
  it('keeps integers, with time counted from the first point', () => {
    const model = drawn([[10.4, 20.6, 1_000.2], [60.5, 40.2, 1_016.9]])
    expect(model.value(pad)).toEqual({ ...pad, strokes: [[{ x: 10, y: 21, t: 0 }, { x: 61, y: 40, t: 17 }]] })
  })

  it.each<[string, [number, number, number][], boolean]>([
    ['nothing', [], true],
    ['a tap', [[10, 10, 0]], true],
    ['a trembling tap', [[10, 10, 0], [12, 11, 5], [10, 10, 9]], true],
    ['a line of 19 pixels', [[10, 10, 0], [29, 10, 9]], true],
    ['a line of 20 pixels', [[10, 10, 0], [30, 10, 9]], false],
  ])('%s: empty is %s', (_name, points, empty) => {
    expect(drawn(points).isEmpty).toBe(empty)
    expect(isEmptyInk(drawn(points).value(pad))).toBe(empty)
  })

  it('undoes the last stroke only, and forgets its size with the last one', () => {
    const model = drawn([[10, 10, 0], [90, 10, 9]])
    model.begin({ x: 10, y: 60 }, pad, 500)
    model.extend({ x: 90, y: 60 }, pad, 510)
    model.undo()
    expect(model.value(pad).strokes).toHaveLength(1)
    model.undo()
    expect(model.value({ width: 50, height: 60 })).toEqual({ width: 50, height: 60, strokes: [] })
  })

  it('draws on in the first coordinates after the phone was turned', () => {
    const model = drawn([[0, 0, 0], [300, 150, 10]])
    const turned = { width: 600, height: 400 }
    const { scale, dx, dy } = fit(pad, turned)
    model.begin({ x: 150 * scale + dx, y: 75 * scale + dy }, turned, 900)
    expect(model.value(turned)).toMatchObject({ ...pad, strokes: [{}, [{ x: 150, y: 75, t: 900 }]] })
  })

  it('stays inside the pad when the finger leaves it', () => {
    expect(drawn([[-20, 10, 0], [400, 500, 9]]).value(pad).strokes).toEqual([[{ x: 0, y: 10, t: 0 }, { x: 300, y: 150, t: 9 }]])
  })

  it('goes on behind the last point after it was restored from a draft', () => {
    const model = new InkModel()
    model.restore({ ...pad, strokes: [[{ x: 1, y: 1, t: 0 }, { x: 50, y: 1, t: 400 }]] }, 10_000)
    model.begin({ x: 5, y: 5 }, pad, 10_100)
    expect(model.value(pad).strokes[1]).toEqual([{ x: 5, y: 5, t: 500 }])
  })

  it('ignores movement after the finger was lifted', () => {
    const model = drawn([[10, 10, 0], [90, 10, 9]])
    model.extend({ x: 200, y: 100 }, pad, 20)
    expect(model.points).toBe(2)
  })
})
