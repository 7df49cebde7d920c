/** What has arrived in the last days, with the server's time for it: the proof behind 「已送达」. */
import type { Database } from '../db/database'
import type { EventRow, Handle } from '../db/schema'
import type { Facts } from '../domain/types'
import type { DeliveredItem } from '../ports'
import { eventItem, photoItem } from './items'

const DAYS_MS = 7 * 24 * 3600_000
const ITEMS_MAX = 200
/** A chain of a month of standing about is no reason to read all of it. */
const ROWS_MAX = 2_000

/** When the first receipt that covers this place was signed. */
async function receiptAt(db: Handle, seq: number): Promise<number | null> {
  const key = await db.getKey('receipts', IDBKeyRange.lowerBound([seq, Number.NEGATIVE_INFINITY]))
  return key?.[1] ?? null
}

/** The bytes of a photo, when they have arrived too. */
async function photoOf(db: Handle, row: EventRow): Promise<DeliveredItem[]> {
  if (row.t !== 'photo_taken') return []
  const { body } = JSON.parse(row.payload) as { body: Facts['photo_taken'] }
  const photo = await db.get('photos', body.sha256)
  return photo?.state === 'receipted' ? [{ ...photoItem(photo), receipt_at: photo.acked_at }] : []
}

async function newestRows(db: Handle, since: number): Promise<EventRow[]> {
  const rows: EventRow[] = []
  let cursor = await db.transaction('events').store.openCursor(null, 'prev')
  for (let left = ROWS_MAX; cursor && left > 0 && rows.length < ITEMS_MAX; left--) {
    const row = cursor.value
    if (row.state === 'receipted' && row.wo !== null && row.wall >= since) rows.push(row)
    cursor = await cursor.continue()
  }
  return rows
}

export async function delivered(db: Database, now: number): Promise<DeliveredItem[]> {
  return db.withDb(async (handle) => {
    const items: DeliveredItem[] = []
    for (const row of await newestRows(handle, now - DAYS_MS)) {
      items.push(...(await photoOf(handle, row)), { ...eventItem(row), receipt_at: await receiptAt(handle, row.seq) })
    }
    return items.slice(0, ITEMS_MAX)
  })
}
