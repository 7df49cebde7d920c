/** Checks of the signed chain made in this browser with WebCrypto, without asking the server
 *  whether they hold. Every answer has three values: `unknown` when what is needed is not on
 *  the page or the browser cannot do it. The rules are evidence.md's: identity is the hash of
 *  what was signed, never of the signature; the key is the device's, never the `keyid`. */

import { concat, fromBase64, fromHex, sha256, sha256Hex, toHex, utf8, type Bytes } from './bytes'
import { toCanonical } from './canonical'

export type Check = 'ok' | 'bad' | 'unknown'

export const EVENT_TYPE = 'application/vnd.daochang.event.v1+json'
export const RECEIPT_TYPE = 'application/vnd.daochang.receipt.v1+json'
const GENESIS = '0'.repeat(64)

export interface SignedEvent {
  id: string
  dev: string
  seq: number
  t: string
  payload: string
  sig: string
}

export interface DeviceKey {
  dev: string
  alg: 'p256' | 'ed25519'
  /** Base64 of the SPKI, or of the bare 32 bytes of an Ed25519 key. */
  spki: string
}

export interface EventChecks {
  /** SHA-256 of what was signed is the id. */
  id: Check
  /** The device's key signed it. */
  signature: Check
  /** It names the event before it in the device's chain. */
  prev: Check
  /** The text is the one canonical form, and says the device and number it is listed under. */
  form: Check
}

export function pae(type: string, payload: Bytes): Bytes {
  return concat(utf8(`DSSEv1 ${utf8(type).length} ${type} ${payload.length} `), payload)
}

const ED25519_PREFIX = Uint8Array.from([0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00])

/** The SPKI of a key record's text. */
export function spkiOf(key: Pick<DeviceKey, 'alg' | 'spki'>): Bytes {
  const bytes = fromBase64(key.spki)
  return key.alg === 'ed25519' && bytes.length === 32 ? concat(ED25519_PREFIX, bytes) : bytes
}

/** The device id a public key has: the first 16 bytes of its SHA-256. */
export async function deviceIdOf(spki: Bytes): Promise<string> {
  return toHex((await sha256(spki)).slice(0, 16))
}

/** `unknown` only when the browser lacks the algorithm. */
export async function verifySignature(key: Pick<DeviceKey, 'alg' | 'spki'>, message: Bytes, signature: string): Promise<Check> {
  const p256 = key.alg === 'p256'
  let imported: CryptoKey
  try {
    const algorithm = p256 ? { name: 'ECDSA', namedCurve: 'P-256' } : { name: 'Ed25519' }
    imported = await crypto.subtle.importKey('spki', spkiOf(key), algorithm, false, ['verify'])
  } catch (error) {
    return error instanceof DOMException && error.name === 'NotSupportedError' ? 'unknown' : 'bad'
  }
  try {
    const scheme = p256 ? { name: 'ECDSA', hash: 'SHA-256' } : { name: 'Ed25519' }
    const good = await crypto.subtle.verify(scheme, imported, fromBase64(signature), message)
    return good ? 'ok' : 'bad'
  } catch {
    return 'bad'
  }
}

interface Claims {
  dev?: unknown
  seq?: unknown
  prev?: unknown
  t?: unknown
}

function claimsOf(payload: string): Claims | null {
  try {
    const parsed: unknown = JSON.parse(payload)
    return parsed !== null && typeof parsed === 'object' && toCanonical(parsed) === payload ? parsed : null
  } catch {
    return null
  }
}

function checkPrev(event: SignedEvent, claims: Claims, before: SignedEvent | undefined): Check {
  if (event.seq === 1) return claims.prev === GENESIS ? 'ok' : 'bad'
  if (!before) return 'unknown'
  return claims.prev === before.id ? 'ok' : 'bad'
}

/** One device can list the same number twice only by forking its chain: both are bad then. */
export async function checkEvents(events: SignedEvent[], devices: DeviceKey[]): Promise<Map<string, EventChecks>> {
  const keys = new Map(devices.map((device) => [device.dev, device]))
  const places = new Map<string, SignedEvent[]>()
  for (const event of events) {
    const place = `${event.dev}:${event.seq}`
    places.set(place, [...(places.get(place) ?? []), event])
  }
  const checked = await Promise.all(
    events.map(async (event): Promise<[string, EventChecks]> => {
      const claims = claimsOf(event.payload)
      const message = pae(EVENT_TYPE, utf8(event.payload))
      const key = keys.get(event.dev)
      const keyIsTheDevices = key ? (await deviceIdOf(spkiOf(key))) === event.dev : false
      const alone = places.get(`${event.dev}:${event.seq}`)?.length === 1
      const listedAs = claims?.dev === event.dev && claims.seq === event.seq && claims.t === event.t
      const signature = key ? await verifySignature(key, message, event.sig) : 'unknown'
      const before = places.get(`${event.dev}:${event.seq - 1}`)?.[0]
      return [
        event.id,
        {
          id: (await sha256Hex(message)) === event.id ? 'ok' : 'bad',
          signature: key && !keyIsTheDevices ? 'bad' : signature,
          prev: claims && alone ? checkPrev(event, claims, before) : 'bad',
          form: listedAs ? 'ok' : 'bad',
        },
      ]
    }),
  )
  return new Map(checked)
}

/** A summary's or sidecar's hash, written out by our own canonical form. */
export async function hashOf(value: unknown): Promise<string> {
  return sha256Hex(utf8(toCanonical(value)))
}

/** The commitment of a sidecar: SHA-256(salt ‖ canonical value). */
export async function commitmentOf(salt: string, value: unknown): Promise<string> {
  return sha256Hex(concat(fromHex(salt), utf8(toCanonical(value))))
}

/** The worst of several checks; nothing to check is `unknown`. */
export function worst(checks: Check[]): Check {
  if (checks.includes('bad')) return 'bad'
  return checks.length === 0 || checks.includes('unknown') ? 'unknown' : 'ok'
}
