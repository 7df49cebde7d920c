/** The chain head as somebody else can bring it to the server: as an address, or read out. */
import type { Database } from '../db/database'
import type { Domain } from '../domain/door'
import type { RelayHead } from '../ports'
import { Refusal } from '../shared/lib/errors'
import { notEnrolled } from './chain'

export async function relayHead(db: Database, domain: Domain): Promise<RelayHead> {
  const [head, key] = await Promise.all([db.meta('head'), db.meta('key')])
  if (!head || !key) {
    if (await db.meta('request')) throw await notEnrolled(db)
    throw new Refusal('nothing_to_relay', '本机还没有可证明的记录，请先登录并联网一次', 'There is nothing to prove on this phone yet; sign in and go online once')
  }
  const relayed = await domain.call('relay', { dev: key.dev, head_seq: head.seq, head: head.id })
  return { head_seq: head.seq, ...relayed }
}
