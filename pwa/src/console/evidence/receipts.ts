/** Receipts of the server: what time it vouched for which head of which chain. Checked in the
 *  browser against the key that the server had at that time. */

import type { KeySpan } from '../../domain/door'
import type { RefusalText } from '../../domain/types'
import { fromBase64 } from './bytes'
import { pae, RECEIPT_TYPE, verifySignature, type Check, type SignedEvent } from './chain'

export interface Envelope {
  payloadType: string
  payload: string
  signatures: { keyid: string; sig: string }[]
}

export interface Receipt {
  dev: string
  head: string
  head_seq: number
  ts: number
  nonce: string | null
  /** `sync` from the phone itself; anybody may have relayed the others. */
  via: string
}

/** A receipt as the server hands it out. */
export interface GivenReceipt {
  envelope: Envelope
  /** Why it bounds nothing although it is genuine. */
  doubt?: RefusalText | null
}

export interface CheckedReceipt extends Receipt {
  doubt: RefusalText | null
  signature: Check
  /** The server has signed with SM2 too, which browsers cannot check. */
  signed_twice: boolean
  /** The head it names is an event of this page with that number, or is not on the page. */
  head_matches: Check
}

/** A key of the server and when it signs. */
export type ServerKey = Pick<KeySpan, 'spki' | 'from' | 'before'>

/** Told codes are receipted when their chain arrives, as of the call: perhaps by a later key. */
const maySign = ({ from, before }: ServerKey, { ts, via }: Receipt): boolean =>
  (from === null || from <= ts || via === 'relay_code') && (before === null || ts < before)

async function isGenuine(keys: ServerKey[], receipt: Receipt, message: Uint8Array<ArrayBuffer>, sig: string): Promise<Check> {
  const checks = await Promise.all(keys.filter((key) => maySign(key, receipt)).map(({ spki }) => verifySignature({ alg: 'ed25519', spki }, message, sig)))
  return checks.find((check) => check === 'ok') ?? checks.find((check) => check === 'unknown') ?? 'bad'
}

function read(envelope: Envelope): Receipt | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(fromBase64(envelope.payload))
    const { dev, head, head_seq, ts, nonce, via } = JSON.parse(text) as Record<string, unknown>
    if (typeof dev !== 'string' || typeof head !== 'string' || typeof head_seq !== 'number' || typeof ts !== 'number') return null
    return { dev, head, head_seq, ts, nonce: typeof nonce === 'string' ? nonce : null, via: typeof via === 'string' ? via : '' }
  } catch {
    return null
  }
}

/** `keys` is null when they could not be fetched; then no signature can be checked. */
export async function checkReceipts(given: GivenReceipt[], keys: ServerKey[] | null, events: SignedEvent[]): Promise<CheckedReceipt[]> {
  const at = new Map(events.map((event) => [`${event.dev}:${event.seq}`, event.id]))
  const checked = await Promise.all(
    given.map(async ({ envelope, doubt = null }): Promise<CheckedReceipt | null> => {
      const receipt = read(envelope)
      if (!receipt) return null
      const message = pae(RECEIPT_TYPE, fromBase64(envelope.payload))
      const sig = envelope.signatures[0]?.sig ?? ''
      const known = at.get(`${receipt.dev}:${receipt.head_seq}`)
      const typed = envelope.payloadType === RECEIPT_TYPE
      return {
        ...receipt,
        doubt,
        signature: !typed ? 'bad' : keys ? await isGenuine(keys, receipt, message, sig) : 'unknown',
        signed_twice: envelope.signatures.length > 1,
        head_matches: known === undefined ? 'unknown' : known === receipt.head ? 'ok' : 'bad',
      }
    }),
  )
  return checked.filter((receipt) => receipt !== null).sort((a, b) => a.ts - b.ts)
}

/** A head that somebody relayed counts only where it stands in the chain; the phone's own may lie behind this page. */
const isOfThisChain = ({ via, head_matches }: CheckedReceipt): boolean => head_matches === 'ok' || (via === 'sync' && head_matches === 'unknown')

/** The first genuine receipt that covers an event: its upper bound in time. */
export function covering(receipts: CheckedReceipt[], event: Pick<SignedEvent, 'dev' | 'seq'>): CheckedReceipt | null {
  const covers = (receipt: CheckedReceipt) =>
    receipt.dev === event.dev && receipt.head_seq >= event.seq && receipt.signature !== 'bad' && receipt.doubt === null && isOfThisChain(receipt)
  return receipts.find(covers) ?? null
}

/** Server times are taken this much earlier and later than they say when bounds are made. */
const TOLERANCE_MS = 2_000

/** The receipts that hold the given events between them: for each event the first that covers it
 *  and the last one given before its proved beginning. Those in doubt are never left out. */
export function binding(receipts: CheckedReceipt[], events: (Pick<SignedEvent, 'dev' | 'seq'> & { earliest: number | null })[]): CheckedReceipt[] {
  const needed = new Set<CheckedReceipt>()
  for (const event of events) {
    const upper = covering(receipts, event)
    const { earliest } = event
    const lower = earliest === null ? undefined : receipts.filter((given) => given.dev === event.dev && given.ts <= earliest + TOLERANCE_MS).at(-1)
    if (upper) needed.add(upper)
    if (lower) needed.add(lower)
  }
  const isOdd = (receipt: CheckedReceipt): boolean => receipt.doubt !== null
  return receipts.filter((receipt) => needed.has(receipt) || isOdd(receipt))
}
