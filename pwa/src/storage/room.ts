/**
 * Room for evidence on a full phone, in this order: photo bytes that the server confirmed, then
 * the ballast, a block kept only to be given up, so that a check-in or a signature still fits
 * when nothing else does. Photos never eat the ballast.
 */
import type { Ref } from 'vue'
import type { Database } from '../db/database'
import { StorageFull } from '../shared/lib/errors'

const BALLAST = 'ballast'
const BALLAST_BYTES = 2 * 1024 * 1024
/** Confirmed photo bytes stay this long if there is room, so that the person can still look at them. */
const KEEP_MS = 7 * 24 * 3600_000
/** How many photos are given up at a time. */
const RELEASE = 20

export interface Room {
  /** Puts the ballast aboard, if there is room for it. */
  load(): Promise<void>
  /** Gives something up. False if there was nothing left to give. */
  make(isPhoto: boolean): Promise<boolean>
  /** Drops confirmed photo bytes older than a week. */
  tidy(now: number): Promise<void>
}

async function release(db: Database, isDue: (acked_at: number) => boolean, most: number): Promise<number> {
  return db.strict(['photos', 'photo_bytes'], async (tx) => {
    let cursor = await tx.objectStore('photos').index('state').openCursor('receipted')
    let count = 0
    while (cursor && count < most) {
      const row = cursor.value
      if (row.has_bytes && row.acked_at !== null && isDue(row.acked_at)) {
        await cursor.update({ ...row, has_bytes: false })
        await tx.objectStore('photo_bytes').delete(row.sha256)
        count += 1
      }
      cursor = await cursor.continue()
    }
    return count
  })
}

export function createRoom(db: Database, full: Ref<boolean>): Room {
  async function load(): Promise<void> {
    if (await db.withDb((handle) => handle.getKey('ballast', BALLAST))) return
    const bytes = crypto.getRandomValues(new Uint8Array(65_536))
    const block = new Uint8Array(BALLAST_BYTES)
    // Random, because an engine that compresses would keep no room for a block of zeros.
    for (let at = 0; at < block.length; at += bytes.length) block.set(bytes, at)
    try {
      await db.strict(['ballast'], async (tx) => void (await tx.objectStore('ballast').put(block.buffer, BALLAST)))
      full.value = false
    } catch (error) {
      if (!(error instanceof StorageFull)) throw error
      full.value = true
    }
  }

  async function dropBallast(): Promise<boolean> {
    const has = (await db.withDb((handle) => handle.getKey('ballast', BALLAST))) !== undefined
    if (has) await db.strict(['ballast'], (tx) => tx.objectStore('ballast').delete(BALLAST))
    return has
  }

  return {
    load,
    async make(isPhoto) {
      full.value = true
      if ((await release(db, () => true, RELEASE)) > 0) return true
      return isPhoto ? false : dropBallast()
    },
    async tidy(now) {
      await release(db, (acked_at) => now - acked_at > KEEP_MS, Number.POSITIVE_INFINITY)
    },
  }
}
