/** Everything that has not reached the server as one file, for the day when nothing else works. */
import type { Database } from '../db/database'
import type { PersonId } from '../domain/types'
import { toBase64 } from '../shared/lib/bytes'

export const EXPORT_FORMAT = 'daochang.unsent.v1'

/**
 * Written piece by piece, so that a hundred photos never stand in memory as one text. Refused and
 * dismissed items are included: the file exists to lose nothing.
 */
export async function exportUnsent(db: Database, person: PersonId, now: number): Promise<Blob> {
  const [key, key_record] = await Promise.all([db.meta('key'), db.meta('key_record')])
  const stored = await db.withDb((handle) => Promise.all([handle.getAll('closed_events'), handle.getAll('events')]))
  const events = stored.flat().filter((row) => row.state !== 'receipted')
  const names = events.flatMap((row) => row.sidecars)
  const found = await db.withDb((handle) => Promise.all(names.map((c) => handle.get('sidecars', c))))
  const sidecars = Object.fromEntries(
    found.filter((row) => row !== undefined).map(({ c, salt, value }) => [c, { salt, value }]),
  )
  const list = events.map(({ seq, id, t, wo, wall, state, reason, envelope }) => ({
    ...{ seq, id, t, wo, wall, state, reason, envelope },
  }))
  const head = { format: EXPORT_FORMAT, person, dev: key?.dev ?? null, exported_at: now, key_record, events: list, sidecars }
  const parts: BlobPart[] = [JSON.stringify(head).slice(0, -1), ',"photos":[']
  let first = true
  for (const sha256 of await db.withDb((handle) => handle.getAllKeys('photos'))) {
    const row = await db.withDb((handle) => handle.get('photos', sha256))
    const bytes = row?.state === 'receipted' ? undefined : await db.withDb((handle) => handle.get('photo_bytes', sha256))
    if (!row || !bytes) continue
    const { type, wo, size } = row
    const open = JSON.stringify({ sha256, type, wo, size }).slice(0, -1)
    parts.push(`${first ? '' : ','}${open},"base64":"`, toBase64(new Uint8Array(bytes)), '"}')
    first = false
  }
  parts.push(']}')
  return new Blob(parts, { type: 'application/json' })
}
