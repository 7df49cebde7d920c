/**
 * Which build of the app this page runs: the SHA-256 of the list of all files that it was served with. The server
 * has published and logged that list, so whoever reads the evidence can look at the very program that signed. A name
 * that cannot be found out in time is left out: it is then doubted, and nothing else waits for it.
 */
import { sha256, toHex } from '../shared/lib/bytes'

/** The list, from the network or from the same offline copy as the page (`service-worker.ts`). */
const LIST = '/build.json'
const TIMEOUT_MS = 5_000

/** What a phone says that does not know. */
export const UNKNOWN_BUILD = 'unknown'

export async function readBuild(get: typeof fetch): Promise<string> {
  const giveUp = new AbortController()
  const timer = setTimeout(() => giveUp.abort(), TIMEOUT_MS)
  try {
    const response = await get(LIST, { cache: 'no-store', credentials: 'omit', signal: giveUp.signal })
    return response.ok ? toHex(await sha256(new Uint8Array(await response.arrayBuffer()))) : UNKNOWN_BUILD
  } catch {
    return UNKNOWN_BUILD
  } finally {
    clearTimeout(timer)
  }
}
