/**
 * Which keys are the server's. The phone keeps the one that was there when it was enrolled; when the
 * server changes its key, the kit brings a statement that both keys have signed. The rules follow
 * these from the kept key on, so no kit can make the phone believe another server.
 */
import type { Database } from '../db/database'
import type { Envelope } from '../domain/types'
import { Refusal } from '../shared/lib/errors'

/** The server as this phone knows it, in the form in which the rules ask for it. */
export interface ServerKeys {
  server_key: string
  key_changes: Envelope[]
}

export async function serverKeys(db: Database): Promise<ServerKeys | null> {
  const [server_key, kit] = await Promise.all([db.meta('server_key'), db.withDb((handle) => handle.get('kit', 'kit'))])
  return server_key ? { server_key, key_changes: kit?.key_changes ?? [] } : null
}

const UNKNOWN: ReadonlySet<string> = new Set(['bad_signature', 'key_not_yet', 'key_replaced'])

/** Whether the server may have signed this with a key that the kit on this phone does not know yet. */
export const isUnknownKey = (error: unknown): boolean => error instanceof Refusal && UNKNOWN.has(error.code)
