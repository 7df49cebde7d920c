/** What this page proves and what it does not: two honest lists made from the checks. A line says
 *  what was checked; lines that failed or could not be checked move to the second list. Pure. */
import type { Check } from './chain'

export interface Findings {
  events: number
  /** Worst of ids, forms and signatures of all events. */
  signatures: Check
  /** Worst of all links to predecessors that are on the page. */
  links: Check
  receipts: number
  receiptSignatures: Check
  photos: number
  photoHashes: Check
  evaluated: boolean
  shownHash: Check
  inkHash: Check
  arrived: boolean
  /** Only a printed code and the phone's own position speak for the presence. */
  copyableCode: boolean
  /** Witnesses outside bound the arrival from above. */
  witnessed: boolean
  /** Among them is the invented one of a demonstration. */
  invented: boolean
  quarantined: number
}

export type ProvedCode = 'signatures' | 'links' | 'receipts' | 'photos' | 'shown' | 'ink'
export type LimitCode =
  | 'wall_clock'
  | 'device_time'
  | 'mock_position'
  | 'static_code'
  | 'photo_scene'
  | 'not_reliable_signature'
  | 'server_trust'
  | 'witness_trust'
  | 'invented_witness'
  | 'same_server_program'
  | 'other_events'
  | 'not_arrived'
  | 'quarantined'

export interface Proof {
  proved: { code: ProvedCode; count: number }[]
  /** Checked and false: somebody must look into it. */
  failed: { code: ProvedCode; count: number }[]
  unchecked: { code: ProvedCode; count: number }[]
  limits: { code: LimitCode; count: number }[]
}

export function proofOf(found: Findings): Proof {
  const lines: { code: ProvedCode; count: number; check: Check; applies: boolean }[] = [
    { code: 'signatures', count: found.events, check: found.signatures, applies: found.events > 0 },
    { code: 'links', count: found.events, check: found.links, applies: found.events > 0 },
    { code: 'receipts', count: found.receipts, check: found.receiptSignatures, applies: found.receipts > 0 },
    { code: 'photos', count: found.photos, check: found.photoHashes, applies: found.photos > 0 },
    { code: 'shown', count: 1, check: found.shownHash, applies: found.evaluated },
    { code: 'ink', count: 1, check: found.inkHash, applies: found.evaluated },
  ]
  const applying = lines.filter((line) => line.applies)
  const of = (check: Check) => applying.filter((line) => line.check === check).map(({ code, count }) => ({ code, count }))
  const limits: [LimitCode, boolean, number?][] = [
    ['not_arrived', !found.arrived],
    ['quarantined', found.quarantined > 0, found.quarantined],
    ['wall_clock', true],
    ['device_time', found.arrived],
    ['mock_position', found.arrived],
    ['static_code', found.copyableCode],
    ['photo_scene', found.photos > 0],
    ['not_reliable_signature', found.evaluated],
    ['other_events', found.events > 0],
    ['server_trust', !found.witnessed],
    ['witness_trust', found.witnessed],
    ['invented_witness', found.witnessed && found.invented],
    ['same_server_program', true],
  ]
  return {
    proved: of('ok'),
    failed: of('bad'),
    unchecked: of('unknown'),
    limits: limits.filter(([, applies]) => applies).map(([code, , count = 0]) => ({ code, count })),
  }
}
