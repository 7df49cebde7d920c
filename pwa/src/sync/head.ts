/**
 * The head sync: 600 bytes up, 500 down, before anything heavy. The answer is an upper time bound
 * for everything before the question and, once it stands in the chain, a lower one for what follows.
 */
import type { Api } from '../api/client'
import type { Database } from '../db/database'
import type { EventRow } from '../db/schema'
import type { Domain } from '../domain/door'
import type { Facts } from '../domain/types'
import { randomHex } from '../shared/lib/bytes'
import type { Chain } from './chain'
import { coveredSeq, keep, verified } from './receipts'

export interface HeadParts {
  api: Api
  db: Database
  domain: Domain
  chain: Chain
}

/** Facts that are only the echo of a sync or of the screen going dark; alone they are not worth one. */
const ECHOES = new Set(['sync_acknowledged', 'sync_requested', 'paused'])

const nonceOf = (row: EventRow): string =>
  (JSON.parse(row.payload) as { body: Facts['sync_requested'] }).body.nonce

/** Whether something in the chain is not yet under a receipt. */
export async function needsHead(db: Database): Promise<boolean> {
  const covered = await coveredSeq(db)
  const later = await db.withDb((handle) => handle.getAll('events', IDBKeyRange.lowerBound(covered, true)))
  if (later.some((row) => row.state !== 'refused' && !ECHOES.has(row.t))) return true
  const sent = await db.withDb((handle) => handle.getAllFromIndex('events', 'state', 'sent'))
  return sent.some((row) => row.seq > covered && !ECHOES.has(row.t))
}

/** The question to send: the last one again if nothing was said since, or a new one. */
async function question({ db, chain }: HeadParts): Promise<EventRow> {
  const head = await db.meta('head')
  const last = head ? await db.withDb((handle) => handle.get('events', head.seq)) : undefined
  if (last?.t === 'sync_requested' && last.state === 'saved') return last
  const { seq } = await chain.append({ t: 'sync_requested', body: { nonce: randomHex(16) }, wo: null })
  return (await db.withDb((handle) => handle.get('events', seq))) as EventRow
}

export async function syncHead(parts: HeadParts, signal: AbortSignal): Promise<void> {
  const asked = await question(parts)
  const { receipt: envelope } = await parts.api.sync.head(asked.envelope, { signal })
  const receipt = await verified(parts, envelope, nonceOf(asked))
  if (receipt.head !== asked.id) return
  await keep(parts.db, envelope, receipt)
  await parts.chain.append({ t: 'sync_acknowledged', body: { receipt: envelope }, wo: null })
}
