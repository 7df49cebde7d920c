/** Bytes of signed things; hex and base64 are the shared ones. */
import { sha256, toHex } from '../../shared/lib/bytes'

export { fromBase64, sha256, toHex } from '../../shared/lib/bytes'

export type Bytes = Uint8Array<ArrayBuffer>

export const utf8 = (text: string): Bytes => new TextEncoder().encode(text)

/** Throws on anything that is not an even number of hex digits. */
export function fromHex(text: string): Bytes {
  if (!/^([0-9a-f]{2})*$/i.test(text)) throw new TypeError('not hex')
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16))
}

export function concat(...pieces: Uint8Array[]): Bytes {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0))
  pieces.reduce((at, piece) => (whole.set(piece, at), at + piece.length), 0)
  return whole
}

export const sha256Hex = async (bytes: BufferSource): Promise<string> => toHex(await sha256(bytes))
