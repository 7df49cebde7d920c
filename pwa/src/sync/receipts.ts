/**
 * Receipts: the server's signed word that it saw this chain up to a head, and when. Nothing is
 * called receipted before the receipt's signature holds under the key that the server had then
 * and it names the very head that stands in this phone's chain.
 */
import type { Database } from '../db/database'
import type { EventRow } from '../db/schema'
import type { Domain } from '../domain/door'
import type { Envelope, Receipt } from '../domain/types'
import { Refusal } from '../shared/lib/errors'
import { serverKeys } from './server-keys'

const mismatch = (): Refusal =>
  new Refusal(
    'receipt_mismatch',
    '服务器的回执与本机记录不符，记录保留在本机，请联系管理员',
    'The server’s receipt does not match this phone’s records; they are kept here. Call the administrator',
  )

/** Returns the receipt if it is genuine and about this phone's own chain; throws `Refusal` if not. */
export async function verified(
  parts: { db: Database; domain: Domain },
  envelope: Envelope,
  nonce: string | null,
): Promise<Receipt> {
  const [server, key] = await Promise.all([serverKeys(parts.db), parts.db.meta('key')])
  if (!server || !key) throw mismatch()
  const receipt = await parts.domain.call('verify_receipt', { envelope, ...server })
  const own = await parts.db.withDb((db) => db.get('events', receipt.head_seq))
  const isMine = receipt.dev === key.dev && own?.id === receipt.head
  if (!isMine || (receipt.nonce ?? null) !== nonce) throw mismatch()
  return receipt
}

/** Keeps the receipt and promotes everything it covers that the server also has. */
export async function keep(db: Database, envelope: Envelope, receipt: Receipt): Promise<void> {
  await db.strict(['receipts', 'events'], async (tx) => {
    await tx.objectStore('receipts').put({ head_seq: receipt.head_seq, ts: receipt.ts, envelope, receipt })
    const events = tx.objectStore('events')
    const sent = await events.index('state').getAll('sent')
    const covered = sent.filter((row) => row.seq <= receipt.head_seq)
    await Promise.all(covered.map((row) => events.put({ ...row, state: 'receipted' } satisfies EventRow)))
  })
}

/** The highest place in the chain that a kept receipt covers; 0 for none. */
export async function coveredSeq(db: Database): Promise<number> {
  const cursor = await db.withDb((handle) => handle.transaction('receipts').store.openKeyCursor(null, 'prev'))
  return (cursor?.key as [number, number] | undefined)?.[0] ?? 0
}
