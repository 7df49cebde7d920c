/**
 * Where the phone thinks it is. Readings are kept raw, as integers, with both clocks beside them;
 * whether they prove anything is judged later, by the rules. Nothing here ever blocks a check-in.
 */
import { ref } from 'vue'
import type { Fix, Millis, NoFix } from '../domain/types'
import type { Position, PositionState, Time } from '../ports'

/** A fix older than this says nothing about now. */
const FRESH_MS = 60_000
/** The rules accept at most this many in one burst. */
const FIXES_MAX = 60
/** Stop waiting early once a fix is this good and a few agree. */
const GOOD_CM = 2_000
const GOOD_COUNT = 3

const DENIED = 1
const UNAVAILABLE = 2

const isBetween = (value: number, low: number, high: number): boolean => Number.isFinite(value) && value >= low && value <= high

/** The reading as it enters the evidence; null if its numbers are no place on earth. */
export function toFix(reading: GeolocationPosition, mono: Millis): Fix | null {
  const { latitude, longitude, accuracy, altitude, speed } = reading.coords
  if (!isBetween(latitude, -90, 90) || !isBetween(longitude, -180, 180)) return null
  if (!isBetween(accuracy, 0, 40_000_000) || !Number.isFinite(reading.timestamp)) return null
  return {
    lat_e7: Math.round(latitude * 1e7),
    lng_e7: Math.round(longitude * 1e7),
    acc_cm: Math.round(accuracy * 100),
    ts: Math.round(reading.timestamp),
    mono: Math.floor(mono),
    // The web does not say where a reading comes from. Only satellites give height and speed.
    src: altitude !== null && speed !== null ? 'gnss' : 'unknown',
    // WGS-84 by specification; the rules look for shells that break it.
    crs: 'wgs84',
  }
}

/** Smaller error first; of equals the newer. */
const isBetter = (one: Fix, other: Fix): boolean =>
  one.acc_cm < other.acc_cm || (one.acc_cm === other.acc_cm && one.mono > other.mono)

export function createPosition(geolocation: Geolocation | undefined, time: Pick<Time, 'mono'>): Position {
  const state = ref<PositionState>(geolocation ? 'idle' : 'unavailable')
  const best = ref<Fix | null>(null)
  const listeners = new Set<(fix: Fix) => void>()
  const failures = new Set<(code: number) => void>()
  /** Readings of the last minute: a phone that lies still may not be told the same place again. */
  let recent: Fix[] = []
  let watch: number | null = null
  /** Screens and bursts that need the watch; it ends with the last one. */
  let users = 0
  let warm = false

  const isFresh = (fix: Fix): boolean => time.mono() - fix.mono <= FRESH_MS

  const onReading = (reading: GeolocationPosition): void => {
    const fix = toFix(reading, time.mono())
    if (!fix) return
    state.value = 'watching'
    const old = best.value
    if (!old || fix.mono - old.mono > FRESH_MS || isBetter(fix, old)) best.value = fix
    recent = [...recent.filter(isFresh), fix].slice(-FIXES_MAX)
    for (const listener of listeners) listener(fix)
  }

  const onError = (error: GeolocationPositionError): void => {
    if (error.code === DENIED) state.value = 'denied'
    else if (error.code === UNAVAILABLE && !best.value) state.value = 'unavailable'
    for (const failure of failures) failure(error.code)
  }

  const acquire = (): void => {
    users += 1
    if (watch !== null || !geolocation) return
    if (state.value !== 'watching') state.value = 'asking'
    watch = geolocation.watchPosition(onReading, onError, { enableHighAccuracy: true, maximumAge: 0, timeout: 30_000 })
  }

  const release = (): void => {
    users = Math.max(0, users - 1)
    if (users > 0 || watch === null) return
    geolocation?.clearWatch(watch)
    watch = null
    if (state.value === 'watching' || state.value === 'asking') state.value = 'idle'
  }

  function burst(ms: Millis): Promise<{ fixes: Fix[]; no_fix: NoFix | null }> {
    if (!geolocation) return Promise.resolve({ fixes: [], no_fix: 'no_sensor' })
    return new Promise((resolve) => {
      const fixes = recent.filter(isFresh)
      let code = 0
      const end = (): void => {
        clearTimeout(timer)
        listeners.delete(collect)
        failures.delete(fail)
        release()
        const no_fix: NoFix = code === DENIED ? 'denied' : code === UNAVAILABLE ? 'no_sensor' : 'timeout'
        resolve({ fixes, no_fix: fixes.length > 0 ? null : no_fix })
      }
      const collect = (fix: Fix): void => {
        fixes.push(fix)
        const good = fixes.filter((one) => one.acc_cm <= GOOD_CM).length
        if (good >= GOOD_COUNT || fixes.length >= FIXES_MAX) end()
      }
      const fail = (failed: number): void => {
        code = failed
        if (failed === DENIED) end()
      }
      const timer = setTimeout(end, ms)
      listeners.add(collect)
      failures.add(fail)
      acquire()
    })
  }

  return {
    state,
    best,
    burst,
    start() {
      if (warm) return
      warm = true
      acquire()
    },
    stop() {
      if (!warm) return
      warm = false
      release()
    },
  }
}
