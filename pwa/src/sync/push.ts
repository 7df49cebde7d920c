/** Sends the chain in batches and believes the server's answer about each event. */
import type { Api } from '../api/client'
import { Problem } from '../api/problem'
import type { Outcome, PushAnswer, WireSidecar } from '../api/types'
import type { Database } from '../db/database'
import type { EventRow, PhotoRow } from '../db/schema'
import type { Domain } from '../domain/door'
import type { Facts, RefusalText } from '../domain/types'
import { coveredSeq, keep, verified } from './receipts'

export interface PushParts {
  api: Api
  db: Database
  domain: Domain
}

const UNNAMED: RefusalText = { code: 'refused', zh: '服务器未接受此记录', en: 'The server did not accept this record' }

/** `covered`: the server's verified receipts reach to this place in the chain. */
function judged(row: EventRow, outcome: Outcome, covered: number): EventRow {
  switch (outcome.status) {
    case 'accepted':
    case 'duplicate':
      return { ...row, state: row.seq <= covered ? 'receipted' : 'sent', reason: null }
    case 'quarantined':
      return { ...row, state: 'refused', reason: outcome.problem ?? UNNAMED }
    case 'gap':
      return row
  }
}

/** A photo shares the fate of its fact: the bytes of a refused one would find no place on the server. */
function photoAfter(photo: PhotoRow, row: EventRow): PhotoRow {
  if (row.state === 'refused' && photo.seq === row.seq) return { ...photo, state: 'refused', reason: row.reason }
  if (row.state !== 'refused' && photo.state === 'refused') {
    return { ...photo, state: 'saved', reason: null, seq: row.seq }
  }
  return photo
}

const outcomeOf = (answer: PushAnswer, row: EventRow, at: number): Outcome | undefined =>
  answer.outcomes.find((outcome) => outcome.id === row.id) ??
  answer.outcomes.find((outcome) => outcome.id === null && outcome.seq === row.seq) ??
  (answer.outcomes[at]?.id === null && answer.outcomes[at]?.seq === null ? answer.outcomes[at] : undefined)

/** Writes what the answer says about each event of the batch. Outcomes are matched by id, then by place. */
async function settle(db: Database, batch: EventRow[], answer: PushAnswer): Promise<void> {
  const covered = await coveredSeq(db)
  await db.strict(['events', 'photos'], async (tx) => {
    for (const [at, sent] of batch.entries()) {
      const outcome = outcomeOf(answer, sent, at)
      const row = await tx.objectStore('events').get(sent.seq)
      if (!row || !outcome) continue
      const next = judged(row, outcome, covered)
      await tx.objectStore('events').put(next)
      if (row.t !== 'photo_taken') continue
      const { body } = JSON.parse(row.payload) as { body: Facts['photo_taken'] }
      const photo = await tx.objectStore('photos').get(body.sha256)
      if (photo) await tx.objectStore('photos').put(photoAfter(photo, next))
    }
  })
}

/** The server lacks everything from `seq` on, for example after a restored backup: all of it is unsent again. */
async function unsend(db: Database, seq: number): Promise<number> {
  return db.strict(['events'], async (tx) => {
    const events = tx.objectStore('events')
    const rows = await events.getAll(IDBKeyRange.lowerBound(seq))
    await Promise.all(rows.map((row) => events.put({ ...row, state: 'saved', reason: null } satisfies EventRow)))
    return rows[0]?.seq ?? Number.NaN
  })
}

async function load(db: Database, from: number, to: number): Promise<{ batch: EventRow[]; sidecars: Record<string, WireSidecar> }> {
  return db.withDb(async (handle) => {
    const tx = handle.transaction(['events', 'sidecars'])
    const rows = await tx.objectStore('events').getAll(IDBKeyRange.bound(from, to))
    const batch = rows.filter((row) => row.state === 'saved')
    const names = batch.flatMap((row) => row.sidecars)
    const found = await Promise.all(names.map((c) => tx.objectStore('sidecars').get(c)))
    const kept = found.filter((row) => row !== undefined)
    return { batch, sidecars: Object.fromEntries(kept.map(({ c, salt, value }) => [c, { salt, value }])) }
  })
}

const stuck = (detail: string): Problem =>
  new Problem({ title: 'the chain does not fit', status: 409, code: 'chain_gap', detail })

/**
 * Sends the unsent events between two places. Returns false if the server first wants earlier
 * ones, which are then unsent again. Throws `Problem` when it cannot be reached or makes no sense.
 */
export async function pushEvents(parts: PushParts, from: number, to: number, signal: AbortSignal): Promise<boolean> {
  const { api, db } = parts
  const { batch, sidecars } = await load(db, from, to)
  const envelopes = batch.map((row) => row.envelope)
  const answer = await api.sync.events(envelopes, sidecars, { signal, timeout: 30_000 })
  await settle(db, batch, answer)
  if (answer.receipt) await keep(db, answer.receipt, await verified(parts, answer.receipt, null))
  if (answer.outcomes.some((outcome) => outcome.status === 'gap')) {
    const found = await unsend(db, answer.expected_seq)
    if (found !== answer.expected_seq) throw stuck(`the server asks for event ${answer.expected_seq}, which is not here`)
    return false
  }
  if (answer.outcomes.length < batch.length) throw stuck('the server answered for fewer events than were sent')
  return true
}
