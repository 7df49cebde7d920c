/**
 * Sends the bytes of photos, in the order of the plan. The address is the hash, so sending twice is
 * harmless; a photo is delivered when the server names its hash.
 */
import type { Api } from '../api/client'
import { Problem } from '../api/problem'
import type { StoredPhoto } from '../api/types'
import type { Database } from '../db/database'
import type { PhotoRow } from '../db/schema'
import type { RefusalText } from '../domain/types'

/** Up to this size a photo goes in one request; larger ones in pieces that can be resumed. */
export const WHOLE_BYTES_MAX = 512 * 1024
export const PIECE_BYTES = 256 * 1024
const PARALLEL = 2
/** The server may correct our idea of the offset this often before we call it a fault. */
const CORRECTIONS_MAX = 3

export interface PhotoParts {
  api: Api
  db: Database
  now(): number
}

async function update(db: Database, sha256: string, change: Partial<PhotoRow>): Promise<void> {
  await db.strict(['photos'], async (tx) => {
    const row = await tx.objectStore('photos').get(sha256)
    if (row) await tx.objectStore('photos').put({ ...row, ...change })
  })
}

const wrongHash = (): Problem =>
  new Problem({ title: 'the server stored other bytes', status: 502, code: 'hash_mismatch' })

/** Sends the rest in pieces from where the server stands. */
async function inPieces(parts: PhotoParts, row: PhotoRow & { bytes: ArrayBuffer }, signal: AbortSignal): Promise<StoredPhoto> {
  const { api, db } = parts
  let offset = row.offset
  for (let corrections = 0; ; ) {
    const end = Math.min(offset + PIECE_BYTES, row.bytes.byteLength)
    const piece = { bytes: row.bytes.slice(offset, end), offset, last: end === row.bytes.byteLength, type: row.type }
    try {
      const stored = await api.evidence.patch(row.sha256, piece, { signal })
      if (stored) return stored
      offset = end
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 409 || ++corrections > CORRECTIONS_MAX) throw error
      const held = await api.evidence.holding(row.sha256, { signal })
      offset = held.kind === 'part' ? held.offset : 0
    }
    await update(db, row.sha256, { offset })
  }
}

async function transfer(parts: PhotoParts, row: PhotoRow & { bytes: ArrayBuffer }, signal: AbortSignal): Promise<StoredPhoto> {
  const { api, db } = parts
  let from = row.offset
  if (row.tried) {
    const held = await api.evidence.holding(row.sha256, { signal })
    if (held.kind === 'whole' && held.etag?.replace(/^W\//, '').replaceAll('"', '') === row.sha256) {
      return { sha256: row.sha256, size: row.size, width: 0, height: 0 }
    }
    from = held.kind === 'part' && held.offset < row.size ? held.offset : 0
  }
  await update(db, row.sha256, { tried: true, offset: from })
  if (row.bytes.byteLength > WHOLE_BYTES_MAX) return inPieces(parts, { ...row, offset: from }, signal)
  return api.evidence.put(row.sha256, row.bytes, row.type, { signal })
}

/** Answers after which sending the same bytes again is pointless. */
const isFinal = (problem: Problem): boolean => [400, 410, 413, 415, 422].includes(problem.status)

async function sendOne(parts: PhotoParts, row: PhotoRow, signal: AbortSignal): Promise<void> {
  if (!row.bytes) return
  try {
    const stored = await transfer(parts, { ...row, bytes: row.bytes }, signal)
    if (stored.sha256 !== row.sha256) throw wrongHash()
    await update(parts.db, row.sha256, { state: 'receipted', offset: row.size, acked_at: parts.now(), reason: null })
  } catch (error) {
    if (!(error instanceof Problem) || !isFinal(error)) throw error
    const words = error.detail || error.title
    const reason: RefusalText = { code: error.code, zh: words, en: words }
    await update(parts.db, row.sha256, { state: 'refused', reason })
  }
}

/** Sends these photos, two at a time; the first problem stops the rest and is thrown. */
export async function pushPhotos(
  parts: PhotoParts,
  names: string[],
  signal: AbortSignal,
  onPhoto: () => void,
): Promise<void> {
  const queue = [...names]
  const worker = async (): Promise<void> => {
    for (let sha256 = queue.shift(); sha256 !== undefined; sha256 = queue.shift()) {
      const name = sha256
      const row = await parts.db.withDb((db) => db.get('photos', name))
      if (!row) continue
      try {
        await sendOne(parts, row, signal)
      } catch (error) {
        queue.length = 0
        throw error
      }
      onPhoto()
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: PARALLEL }, worker))
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed) throw failed.reason
}
