/**
 * Ends the chain of a key that is revoked or was never approved, so that this phone can make a new one. What the old chain said
 * stays on the phone and in the export; its receipts would prove nothing about the new chain.
 */
import type { Database } from '../db/database'
import { Refusal } from '../shared/lib/errors'

const notSettled = (): Refusal =>
  new Refusal(
    'unsent_work',
    '还有记录没有送达或退回，请先同步，再重新登记本机',
    'Some records are neither delivered nor returned; sync first, then enrol this phone again',
  )

/** Whether something of the old chain still waits for the server's word. Facts about the phone itself end with it. */
async function isWaiting(db: Database): Promise<boolean> {
  return db.withDb(async (handle) => {
    const tx = handle.transaction(['events', 'photos'])
    const events = tx.objectStore('events').index('state')
    const photos = tx.objectStore('photos').index('state')
    const open = await Promise.all([events.getAll('saved'), events.getAll('sent'), photos.count('saved'), photos.count('sent')])
    const [saved, sent, ...waiting] = open
    return [...saved, ...sent].some((row) => row.wo !== null) || waiting.some((count) => count > 0)
  })
}

/** All of it, or nothing. Safe to repeat; throws `Refusal` while something waits. */
export async function closeChain(db: Database): Promise<void> {
  if (await isWaiting(db)) throw notSettled()
  await db.strict(['meta', 'events', 'receipts', 'closed_events'], async (tx) => {
    const key = (await tx.objectStore('meta').get('key')) as { dev: string } | undefined
    const events = tx.objectStore('events')
    if (key) {
      for (const row of await events.getAll()) await tx.objectStore('closed_events').put({ ...row, dev: key.dev })
    }
    await events.clear()
    await tx.objectStore('receipts').clear()
    for (const name of ['head', 'key_record', 'key', 'revoked', 'request']) await tx.objectStore('meta').delete(name)
  })
}
