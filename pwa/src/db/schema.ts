/** What is stored on the phone, one database for each person. Migrations only add. */
import type { DBSchema, IDBPDatabase, IDBPTransaction, StoreNames } from 'idb'
import type { Kit, Place, WireSidecar } from '../api/types'
import type { Digest, Envelope, EventId, Json, Millis, Receipt, RefusalText, WorkOrder, WorkOrderId } from '../domain/types'
import type { ItemState, PhoneRequest } from '../ports'

/** One link of this phone's chain, exactly as signed. */
export interface EventRow {
  seq: number
  id: EventId
  t: string
  wo: WorkOrderId | null
  sid: string
  mono: Millis
  wall: Millis
  /** The canonical text that was signed. */
  payload: string
  envelope: Envelope
  /** Commitments of the sidecars that travel with it. */
  sidecars: Digest[]
  /** Bytes on the wire, roughly. */
  size: number
  state: ItemState
  reason: RefusalText | null
  /** Put out of sight by the person; still kept and exported. */
  dismissed: boolean
}

export interface SidecarRow extends WireSidecar {
  c: Digest
}

/** A photo and how far it got. Its bytes lie in a store of their own, so that counting reads no pictures. */
export interface PhotoRow {
  sha256: Digest
  /** False once the server has the bytes and the room was needed. */
  has_bytes: boolean
  type: string
  size: number
  wo: WorkOrderId | null
  seq: number
  wall: Millis
  state: ItemState
  /** Bytes of an unfinished upload that the server is known to have. */
  offset: number
  /** Whether an upload was ever begun, so that the server has to be asked first. */
  tried: boolean
  acked_at: Millis | null
  reason: RefusalText | null
  dismissed: boolean
}

export interface ReceiptRow {
  head_seq: number
  ts: Millis
  envelope: Envelope
  receipt: Receipt
}

/** The signing key. `privateKey` cannot be exported, not even by this program. */
export interface KeyRow {
  dev: string
  spki: string
  pair: CryptoKeyPair
}

/** The last link; the next event names it. */
export interface HeadRow {
  seq: number
  id: EventId
}

/** A link of a chain that ended because its key was revoked. Kept like any other, never sent again. */
export interface ClosedEventRow extends EventRow {
  dev: string
}

/** Single values by name. */
export interface Meta {
  head: HeadRow
  key: KeyRow
  key_record: Envelope
  server_key: string
  cursor: string
  last_at: Millis
  /** The server said that nothing this key signs counts any more. */
  revoked: true
  /** The key waits for approval, or was not approved; gone once it is enrolled. */
  request: PhoneRequest
}

export interface Schema extends DBSchema {
  /** `place` where the work order was born elsewhere than the kit says by now. */
  work_orders: { key: string; value: { id: WorkOrderId; n: number; doc: WorkOrder; place?: Place } }
  events: { key: number; value: EventRow; indexes: { id: string; wo: string; state: string } }
  sidecars: { key: string; value: SidecarRow }
  photos: { key: string; value: PhotoRow; indexes: { state: string; wo: string } }
  /** ArrayBuffers, because WebKit loses stored Blobs. */
  photo_bytes: { key: string; value: ArrayBuffer }
  receipts: { key: [number, number]; value: ReceiptRow }
  kit: { key: string; value: Kit }
  meta: { key: string; value: unknown }
  drafts: { key: string; value: Json }
  ballast: { key: string; value: ArrayBuffer }
  closed_events: { key: [string, number]; value: ClosedEventRow; indexes: { id: string; state: string } }
}

export type Handle = IDBPDatabase<Schema>
export type Tx = IDBPTransaction<Schema, StoreNames<Schema>[], 'versionchange'>

export const VERSION = 2

/** Step `n` leads from version `n` to `n + 1`. Steps are never edited after a release. */
const STEPS: ((db: Handle, tx: Tx) => void)[] = [
  (db) => {
    db.createObjectStore('work_orders', { keyPath: 'id' })
    const events = db.createObjectStore('events', { keyPath: 'seq' })
    events.createIndex('id', 'id', { unique: true })
    events.createIndex('wo', 'wo')
    events.createIndex('state', 'state')
    db.createObjectStore('sidecars', { keyPath: 'c' })
    const photos = db.createObjectStore('photos', { keyPath: 'sha256' })
    photos.createIndex('state', 'state')
    photos.createIndex('wo', 'wo')
    db.createObjectStore('photo_bytes')
    db.createObjectStore('receipts', { keyPath: ['head_seq', 'ts'] })
    db.createObjectStore('kit')
    db.createObjectStore('meta')
    db.createObjectStore('drafts')
    db.createObjectStore('ballast')
  },
  (db) => {
    const closed = db.createObjectStore('closed_events', { keyPath: ['dev', 'seq'] })
    closed.createIndex('id', 'id', { unique: true })
    closed.createIndex('state', 'state')
  },
]

export function migrate(db: Handle, from: number, tx: Tx, to = VERSION): void {
  for (const step of STEPS.slice(from, to)) step(db, tx)
}
