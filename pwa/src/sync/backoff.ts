/** When to try again: 30 s, doubling up to 5 min, each spread by a fifth so that phones do not march in step. Pure. */
export const FIRST_MS = 30_000
export const LONGEST_MS = 300_000
const SPREAD = 0.2

/** `failures` in a row; 0 means all is well. `random` is in [0, 1). */
export function delayAfter(failures: number, random: number, retryAfter: number | null = null): number {
  const base = failures === 0 ? LONGEST_MS : Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS)
  const spread = base * (1 - SPREAD + 2 * SPREAD * random)
  return Math.round(Math.max(spread, (retryAfter ?? 0) * 1000))
}
