/** What waits to be sent, was refused, or is on its way: counted and listed from the database. */
import type { Database } from '../db/database'
import type { EventRow, Handle, PhotoRow } from '../db/schema'
import type { SyncItem } from '../ports'

export interface Counts {
  /** Facts of work orders that no verified receipt covers. */
  unsent: number
  photos_waiting: number
  refused: number
}

export interface Pending extends Counts {
  items: SyncItem[]
}

const STATES_OPEN = ['saved', 'sent', 'refused'] as const

export const eventItem = (row: EventRow): SyncItem => ({
  id: row.id,
  kind: 'event',
  ...{ t: row.t, wo: row.wo, wall: row.wall, size: row.size, state: row.state, reason: row.reason },
})

export const photoItem = (row: PhotoRow): SyncItem => ({
  id: row.sha256,
  kind: 'photo',
  t: 'photo',
  ...{ wo: row.wo, wall: row.wall, size: row.size, state: row.state, reason: row.reason },
})

/** Facts about the phone itself are nobody's news, unless the server refused one for a reason of its own. */
const isNews = (row: EventRow): boolean =>
  row.wo !== null || (row.state === 'refused' && row.reason?.code !== 'revoked_key')

/** Of a chain that ended only what was refused still concerns anybody. */
async function open(db: Handle): Promise<{ events: EventRow[]; photos: PhotoRow[]; closed: EventRow[] }> {
  const tx = db.transaction(['events', 'photos', 'closed_events'])
  const events = tx.objectStore('events').index('state')
  const photos = tx.objectStore('photos').index('state')
  const [eventRows, photoRows, closed] = await Promise.all([
    Promise.all(STATES_OPEN.map((state) => events.getAll(state))),
    Promise.all(STATES_OPEN.map((state) => photos.getAll(state))),
    tx.objectStore('closed_events').index('state').getAll('refused'),
  ])
  return { events: eventRows.flat(), photos: photoRows.flat(), closed }
}

/** In sending order: facts by place in the chain, then photos from small to large. */
export async function pending(db: Database): Promise<Pending> {
  const { events, photos, closed } = await db.withDb(open)
  const inOrder = [...closed, ...events.sort((a, b) => a.seq - b.seq)]
  const news = inOrder.filter((row) => isNews(row) && !row.dismissed)
  const bytes = photos.filter((row) => !row.dismissed).sort((a, b) => a.size - b.size)
  const waits = (row: { state: string }): boolean => row.state !== 'refused'
  return {
    items: [...news.map(eventItem), ...bytes.map(photoItem)],
    unsent: news.filter(waits).length,
    photos_waiting: bytes.filter(waits).length,
    refused: [...news, ...bytes].filter((row) => row.state === 'refused').length,
  }
}

/** Hides a refused item. Nothing is deleted: it may be evidence. */
export async function dismiss(db: Database, id: string): Promise<void> {
  await db.strict(['events', 'photos', 'closed_events'], async (tx) => {
    const closed = await tx.objectStore('closed_events').index('id').get(id)
    if (closed) await tx.objectStore('closed_events').put({ ...closed, dismissed: true })
    const event = await tx.objectStore('events').index('id').get(id)
    if (event?.state === 'refused') await tx.objectStore('events').put({ ...event, dismissed: true })
    const photo = await tx.objectStore('photos').get(id)
    if (photo?.state === 'refused') await tx.objectStore('photos').put({ ...photo, dismissed: true })
  })
}
