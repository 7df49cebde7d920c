/** The limits now in force, for the report form. */
import type { Kit } from '../../api/types'
import type { Level } from '../../domain/types'

interface Limits {
  response: { severe_minutes: number; general_minutes: number }
  arrival: { limit_minutes: number }
}

const isLimits = (value: unknown): value is Limits =>
  typeof value === 'object' && value !== null && 'response' in value && 'arrival' in value

/** The limits of the newest policy that is already valid; null when the kit has none. */
export function limitsAt(kit: Kit | null, now: number): ((level: Level) => { response: number; arrival: number }) | null {
  const entries = (kit?.policies ?? []) as { valid_from?: unknown; policy?: unknown }[]
  const valid = entries.filter(({ valid_from, policy }) => typeof valid_from === 'number' && valid_from <= now && isLimits(policy))
  const newest = valid.sort((a, b) => Number(b.valid_from) - Number(a.valid_from))[0]?.policy
  if (!isLimits(newest)) return null
  return (level) => ({
    response: level === 'severe' ? newest.response.severe_minutes : newest.response.general_minutes,
    arrival: newest.arrival.limit_minutes,
  })
}
