/** The clocks of this phone, and how far the server's is from it. */
import { ref } from 'vue'
import type { Time } from '../ports'

export interface Clock extends Time {
  /** Takes in what an answer of the server said; the quickest answer of late is believed. */
  learn(serverAt: number, halfTrip: number): void
}

/** An estimate grows old: phones' clocks are corrected while the app is open. */
const TRUST_MS = 10 * 60_000

export function createClock(wall = (): number => Date.now(), mono = (): number => Math.floor(performance.now())): Clock {
  const offset = ref<number | null>(null)
  let best = { halfTrip: Number.POSITIVE_INFINITY, at: Number.NEGATIVE_INFINITY }
  return {
    wall,
    mono,
    offset,
    serverNow: () => wall() + (offset.value ?? 0),
    learn(serverAt, halfTrip) {
      const now = mono()
      if (halfTrip > best.halfTrip && now - best.at < TRUST_MS) return
      best = { halfTrip, at: now }
      offset.value = Math.round(serverAt + halfTrip - wall())
    },
  }
}
