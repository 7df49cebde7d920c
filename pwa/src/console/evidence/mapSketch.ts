/** A map without a map: the fence, the terminal and the fixes drawn to scale on a plane that
 *  touches the earth at the terminal. Over the few kilometres of a sketch the plane is true to
 *  a thousandth; distances that are judged come from the domain, never from here. */

export interface Point {
  lat_e7: number
  lng_e7: number
}

export interface FixInput extends Point {
  acc_cm: number
}

export interface Placed {
  /** Units of the view box, y downwards. */
  x: number
  y: number
  /** The circle of accuracy, in the same units. */
  r: number
  /** Index in the input. */
  index: number
  /** Too far away to be drawn to scale: it stands at the edge, pointing outwards. */
  beyond: { degrees: number; metres: number } | null
}

export interface MapSketch {
  size: number
  centre: { x: number; y: number }
  fence: number
  fixes: Placed[]
  /** A round number of metres and its length in units. */
  scale: { metres: number; length: number }
  metresPerUnit: number
}

const MARGIN = 0.08
/** Where far fixes stand, units from the edge. */
const EDGE = 26

/** Metres of one degree at a latitude on the WGS-84 ellipsoid (first terms of the series). */
function metresPerDegree(latitude: number): { north: number; east: number } {
  const phi = (latitude * Math.PI) / 180
  return {
    north: 111_132.954 - 559.822 * Math.cos(2 * phi) + 1.175 * Math.cos(4 * phi),
    east: 111_412.84 * Math.cos(phi) - 93.5 * Math.cos(3 * phi),
  }
}

/** Metres east and north of the origin. */
export function offset(origin: Point, point: Point): { east: number; north: number } {
  const degree = metresPerDegree(origin.lat_e7 / 1e7)
  return {
    east: ((point.lng_e7 - origin.lng_e7) / 1e7) * degree.east,
    north: ((point.lat_e7 - origin.lat_e7) / 1e7) * degree.north,
  }
}

/** The largest of 1, 2, 5 × 10ⁿ metres that is not longer than `limit`. */
export function roundMetres(limit: number): number {
  const power = 10 ** Math.floor(Math.log10(limit))
  const lead = [5, 2, 1].find((digit) => digit * power <= limit) ?? 1
  return lead * power
}

/** How many times farther than what matters a fix may lie and still set the scale. */
const FAR = 4

/** Fits the fence, the fix that was judged and all fixes not much farther away into a square; one
 *  bad fix must not shrink the fence to a dot. Farther ones stand at the edge with their distance,
 *  and circles of accuracy may be cut.
 *  @param best index of the fix that was judged, which is always drawn to scale */
export function mapSketch(terminal: Point, radiusCm: number, fixes: FixInput[], size: number, best: number | null): MapSketch {
  const placed = fixes.map((fix) => ({ ...offset(terminal, fix), acc: fix.acc_cm / 100 }))
  const radius = radiusCm / 100
  const judged = best === null ? null : (placed[best] ?? null)
  const matters = Math.max(radius, judged ? Math.hypot(judged.east, judged.north) : 0, 10)
  const near = placed.filter(({ east, north }) => Math.hypot(east, north) <= matters * FAR)
  const centresReach = Math.max(matters, ...near.map(({ east, north }) => Math.hypot(east, north)))
  const circlesReach = Math.max(0, ...near.map(({ east, north, acc }) => Math.hypot(east, north) + acc))
  const reach = Math.max(centresReach, Math.min(circlesReach, centresReach * 2))
  const half = size / 2
  const perMetre = (half * (1 - MARGIN)) / reach
  const metres = roundMetres((size * 0.3) / perMetre)
  return {
    size,
    centre: { x: half, y: half },
    fence: radius * perMetre,
    fixes: placed.map(({ east, north, acc }, index) => {
      const distance = Math.hypot(east, north)
      const isBeyond = distance > matters * FAR
      const pull = isBeyond ? (half - EDGE) / (distance * perMetre) : 1
      return {
        x: half + east * perMetre * pull,
        y: half - north * perMetre * pull,
        r: isBeyond ? 0 : acc * perMetre,
        index,
        beyond: isBeyond ? { degrees: (Math.atan2(east, north) * 180) / Math.PI, metres: distance } : null,
      }
    }),
    scale: { metres, length: metres * perMetre },
    metresPerUnit: 1 / perMetre,
  }
}

/** Which fix the judgement used: the one whose accuracy it names, nearest to the distance it
 *  names; without a named accuracy the most accurate one. */
export function bestFix(terminal: Point, fixes: FixInput[], judged: { distance_cm: number | null; accuracy_cm: number | null }): number | null {
  if (fixes.length === 0) return null
  const cost = (fix: FixInput) => {
    if (judged.accuracy_cm === null || judged.distance_cm === null) return fix.acc_cm
    const { east, north } = offset(terminal, fix)
    return Math.abs(fix.acc_cm - judged.accuracy_cm) * 1000 + Math.abs(Math.hypot(east, north) * 100 - judged.distance_cm)
  }
  return fixes.reduce((best, fix, index) => (cost(fix) < cost(fixes[best]!) ? index : best), 0)
}
