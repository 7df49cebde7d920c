/**
 * Handwriting as stroke vectors. Points are kept in the coordinates of the pad as it was at the
 * first stroke, so the drawing survives a turned phone; integers only, because the value is
 * committed to in a signed event.
 */
import type { Ink } from '../../domain/types'

export interface Point {
  x: number
  y: number
}

type Stroke = Ink['strokes'][number]

const MAX_STROKES = 200
const MAX_POINTS = 20_000
/** A touch is not a signature: all strokes together must be at least this long. */
const MIN_PATH = 20

export interface Fit {
  scale: number
  dx: number
  dy: number
}

/** Places a drawing of one size in the middle of a pad of another, without distortion. */
export function fit(from: { width: number; height: number }, to: { width: number; height: number }): Fit {
  const scale = Math.min(to.width / from.width, to.height / from.height)
  return { scale, dx: (to.width - from.width * scale) / 2, dy: (to.height - from.height * scale) / 2 }
}

/** A finger may leave the pad while it is down; the drawing stays inside. */
const within = (n: number, limit: number): number => Math.min(Math.max(n, 0), limit)

const pathOf = (stroke: Stroke): number =>
  stroke.reduce((sum, point, index) => {
    const before = stroke[index - 1]
    return before ? sum + Math.hypot(point.x - before.x, point.y - before.y) : 0
  }, 0)

export const isEmptyInk = (ink: Ink): boolean =>
  ink.strokes.reduce((sum, stroke) => sum + pathOf(stroke), 0) < MIN_PATH

/** The content of a pad. */
export class InkModel {
  private strokes: Stroke[] = []
  private size: { width: number; height: number } | null = null
  private startedAt: number | null = null
  private open = false

  /** Takes up a drawing that was saved before; time goes on behind its last point. */
  restore(ink: Ink, now: number): void {
    this.strokes = ink.strokes.map((stroke) => stroke.map((point) => ({ ...point })))
    this.size = { width: ink.width, height: ink.height }
    const last = Math.max(0, ...this.strokes.flat().map((point) => point.t))
    this.startedAt = this.strokes.length > 0 ? now - last : null
  }

  /** `pad` is the pad's present size in CSS pixels, `now` any clock that only goes forward. */
  begin(point: Point, pad: { width: number; height: number }, now: number): void {
    if (this.strokes.length >= MAX_STROKES) return
    this.size ??= { width: Math.max(1, Math.round(pad.width)), height: Math.max(1, Math.round(pad.height)) }
    this.startedAt ??= now
    this.strokes.push([])
    this.open = true
    this.extend(point, pad, now)
  }

  extend(point: Point, pad: { width: number; height: number }, now: number): void {
    const stroke = this.strokes.at(-1)
    if (!this.open || !stroke || !this.size || this.startedAt === null || this.points >= MAX_POINTS) return
    const { scale, dx, dy } = fit(this.size, pad)
    const x = within(Math.round((point.x - dx) / scale), this.size.width)
    const y = within(Math.round((point.y - dy) / scale), this.size.height)
    const last = stroke.at(-1)
    if (last && last.x === x && last.y === y) return
    stroke.push({ x, y, t: Math.max(0, Math.round(now - this.startedAt)) })
  }

  end(): void {
    this.open = false
  }

  undo(): void {
    this.strokes.pop()
    this.open = false
    if (this.strokes.length === 0) this.clear()
  }

  clear(): void {
    this.strokes = []
    this.size = null
    this.startedAt = null
    this.open = false
  }

  get points(): number {
    return this.strokes.reduce((sum, stroke) => sum + stroke.length, 0)
  }

  get isEmpty(): boolean {
    return isEmptyInk(this.value({ width: 1, height: 1 }))
  }

  /** `pad` gives the size where nothing was drawn yet. */
  value(pad: { width: number; height: number }): Ink {
    const { width, height } = this.size ?? { width: Math.round(pad.width), height: Math.round(pad.height) }
    return { width, height, strokes: this.strokes.map((stroke) => stroke.map((point) => ({ ...point }))) }
  }
}
