/**
 * Which act waits to be proved, and whether somebody has already taken it to the server. The rules
 * say until when (`unproved`); here is only what this phone remembers of its own screen.
 */
import type { ClockKind, DeviceId, WorkOrder } from '../../domain/types'

/** Kept like a draft: it is no evidence and is never sent. */
export const RELAYED = 'relayed'

/** The chain head that was relayed, as far as somebody has read the digits back. */
export type Relayed = { head_seq: number }

/** The highest place in this phone's chain of an act of this kind; 0 if it has none. */
export function placeOf(doc: WorkOrder, kind: ClockKind, dev: DeviceId | null): number {
  const acts = {
    response: doc.responses.map((said) => said.at),
    arrival: doc.visits.map((visit) => visit.check_in.at),
    repair: doc.restored.map((said) => said.at),
  }
  const own = acts[kind].filter((at) => at.dev === dev).map((at) => at.seq)
  return Math.max(0, ...own)
}

/** A head covers everything before it. */
export const isRelayed = (relayed: Relayed | null, place: number): boolean =>
  relayed !== null && place > 0 && relayed.head_seq >= place

/** Six digits however they were typed: spaces, full-width forms. */
export const digitsOf = (typed: string): string => typed.normalize('NFKC').replace(/\D/g, '')
