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
import { sha256, toHex } from '../shared/lib/bytes'

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

type Loaded = PhotoRow & { bytes: ArrayBuffer }

/** One photo at a time: all of them at once would not fit into a small phone's memory. */
async function load(db: Database, sha256: string): Promise<Loaded | null> {
  const [row, bytes] = await db.withDb((handle) => Promise.all([handle.get('photos', sha256), handle.get('photo_bytes', sha256)]))
  return row && bytes ? { ...row, bytes } : null
}

const wrongHash = (): Problem =>
  new Problem({ title: 'the server stored other bytes', status: 502, code: 'hash_mismatch' })

/** Sends the rest in pieces; the server's answer says where the next one starts. */
async function inPieces(parts: PhotoParts, row: Loaded, signal: AbortSignal): Promise<StoredPhoto> {
  const { api, db } = parts
  let offset = row.offset
  for (let corrections = 0; corrections <= CORRECTIONS_MAX; ) {
    const end = Math.min(offset + PIECE_BYTES, row.size)
    const piece = { bytes: row.bytes.slice(offset, end), offset, last: end === row.size }
    const answer = await api.evidence.patch(row.sha256, piece, { signal })
    if ('stored' in answer) return answer.stored
    if (answer.offset !== end || piece.last) corrections += 1
    offset = answer.offset < row.size ? answer.offset : 0
    await update(db, row.sha256, { offset })
  }
  throw new Problem({ title: 'the server never agrees about the offset', status: 502, code: 'offset_mismatch' })
}

async function transfer(parts: PhotoParts, row: Loaded, signal: AbortSignal): Promise<StoredPhoto> {
  const { api, db } = parts
  let from = 0
  if (row.tried) {
    const held = await api.evidence.holding(row.sha256, { signal })
    // An empty piece makes the server name the photo it has, without sending it again.
    if (held.kind === 'whole') from = row.size
    if (held.kind === 'part' && held.offset < row.size) from = held.offset
  } else {
    await update(db, row.sha256, { tried: true })
  }
  if (from > 0 || row.size > WHOLE_BYTES_MAX) return inPieces(parts, { ...row, offset: from }, signal)
  return api.evidence.put(row.sha256, row.bytes, { signal })
}

/** Answers after which sending the same bytes again is pointless. */
const isFinal = (problem: Problem): boolean => [400, 410, 413, 415, 422].includes(problem.status)

/** The bytes changed under way or here. Here means they are lost; under way means once more from the start. */
async function afterWrongHash(parts: PhotoParts, row: Loaded, error: Problem): Promise<void> {
  const isIntact = toHex(await sha256(row.bytes)) === row.sha256
  await update(parts.db, row.sha256, { offset: 0 })
  if (isIntact) throw error
}

async function sendOne(parts: PhotoParts, row: Loaded, signal: AbortSignal): Promise<void> {
  try {
    const stored = await transfer(parts, row, signal)
    if (stored.sha256 !== row.sha256) throw wrongHash()
    await update(parts.db, row.sha256, { state: 'receipted', offset: row.size, acked_at: parts.now(), reason: null })
  } catch (error) {
    if (!(error instanceof Problem) || !isFinal(error)) throw error
    if (error.code === 'wrong_hash') await afterWrongHash(parts, row, error)
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
      const row = await load(parts.db, name)
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
