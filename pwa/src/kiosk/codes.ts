/**
 * The codes that a terminal's screen makes by itself while there is no network: RFC 6238 with
 * SHA-256 and eight digits. The same sum as `server/domain/src/code/step.rs`, which checks them.
 */
export interface Offline {
  /** base64url */
  secret: string
  step_ms: number
  /** What the QR code begins with. */
  prefix: string
}

const DIGITS = 8

export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/'))
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0))
}

export const stepAt = (now: number, step_ms: number): number => Math.floor(now / step_ms)

/** The eight digits of a step. Needs a secure context, as browsers only hash there. */
export async function digitsOf(secret: Uint8Array<ArrayBuffer>, step: number): Promise<string> {
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  const counter = new DataView(new ArrayBuffer(8))
  counter.setUint32(0, Math.floor(step / 2 ** 32))
  counter.setUint32(4, step % 2 ** 32)
  const tag = new DataView(await crypto.subtle.sign('HMAC', key, counter.buffer))
  const at = tag.getUint8(tag.byteLength - 1) & 0x0f
  const number = (tag.getUint32(at) & 0x7fffffff) % 10 ** DIGITS
  return String(number).padStart(DIGITS, '0')
}

export async function offlineText({ secret, step_ms, prefix }: Offline, now: number): Promise<string> {
  const step = stepAt(now, step_ms)
  return `${prefix}${step}-${await digitsOf(fromBase64Url(secret), step)}`
}
