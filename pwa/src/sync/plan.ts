/** Asks the rules what to send next. They decide from counts and ids; this reads those from the database. */
import type { Database } from '../db/database'
import type { Handle } from '../db/schema'
import type { Domain } from '../domain/door'
import type { SyncOp, SyncState } from '../domain/types'
import { needsHead } from './head'

/** A rough size for sidecars that are not looked at here; the largest common one is handwriting. */
const SIDECAR_BYTES = 16_384

async function unsentPhotos(db: Handle): Promise<SyncState['photos']> {
  const tx = db.transaction(['events', 'photos'])
  const found: SyncState['photos'] = []
  for (const state of ['saved', 'sent']) {
    for (const { sha256, size, offset, seq, wo } of await tx.objectStore('photos').index('state').getAll(state)) {
      const event = await tx.objectStore('events').get(seq)
      // The bytes may only follow a fact that the server has.
      const isKnown = event?.state === 'sent' || event?.state === 'receipted'
      if (isKnown && wo) found.push({ sha256, size, offset, wo })
    }
  }
  return found
}

/** `headAsked`: the head went up in this attempt already, well or not. */
export async function plan(db: Database, domain: Domain, headAsked: boolean): Promise<SyncOp[]> {
  const saved = await db.withDb((handle) => handle.getAllFromIndex('events', 'state', 'saved'))
  const state: SyncState = {
    online: true,
    token_valid: true,
    head_acknowledged: headAsked || !(await needsHead(db)),
    events: saved.map((row) => ({ seq: row.seq, bytes: row.size + row.sidecars.length * SIDECAR_BYTES })),
    quarantined: [],
    photos: await db.withDb(unsentPhotos),
  }
  return domain.call('plan_sync', state)
}
