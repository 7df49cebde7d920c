/**
 * A sketch of where the phone is against the fence, for the strip on the check-in screen only.
 * The verdict is the rules' own, from the recorded fixes; within a kilometre this plane formula
 * differs from theirs by centimetres.
 */
import type { Fix, Site, Terminal } from '../../domain/types'

export type Side = 'inside' | 'outside' | 'cannot_tell'

export interface FenceSketch {
  distanceM: number
  accuracyM: number
  radiusM: number
  side: Side
  /** Shares of the strip's width, 0 to 1: the fence, and the span the phone may be in. */
  fence: number
  from: number
  to: number
}

/** Metres of one degree of latitude on WGS-84 near 22.5° N, and of longitude at the equator. */
const METRES_LAT = 110_735
const METRES_LNG = 111_320

/** Drawn when neither terminal nor site has a radius of its own; the rules use their policy's. */
const USUAL_RADIUS_CM = 15_000

export function distanceM(a: { lat_e7: number; lng_e7: number }, b: { lat_e7: number; lng_e7: number }): number {
  const north = ((a.lat_e7 - b.lat_e7) / 1e7) * METRES_LAT
  const middle = (((a.lat_e7 + b.lat_e7) / 2e7) * Math.PI) / 180
  const east = ((a.lng_e7 - b.lng_e7) / 1e7) * METRES_LNG * Math.cos(middle)
  return Math.hypot(north, east)
}

export function sideOf(distance: number, accuracy: number, radius: number): Side {
  if (distance + accuracy <= radius) return 'inside'
  return distance - accuracy > radius ? 'outside' : 'cannot_tell'
}

export function sketchOf(fix: Fix, terminal: Terminal, site: Site): FenceSketch {
  const distance = distanceM(fix, terminal)
  const accuracy = fix.acc_cm / 100
  const radius = (terminal.radius_cm ?? site.radius_cm ?? USUAL_RADIUS_CM) / 100
  const width = Math.max(radius * 2, (distance + accuracy) * 1.1)
  const share = (metres: number): number => Math.min(1, Math.max(0, metres / width))
  return {
    distanceM: Math.round(distance),
    accuracyM: Math.round(accuracy),
    radiusM: Math.round(radius),
    side: sideOf(distance, accuracy, radius),
    fence: share(radius),
    from: share(distance - accuracy),
    to: share(distance + accuracy),
  }
}
