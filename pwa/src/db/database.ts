/**
 * The phone's database: opening, reopening, strict writes, and what its errors mean.
 *
 * WebKit drops connections of pages in the background, and retrying on a dropped connection is
 * useless: the handle is thrown away, opened again, and the work tried once more.
 */
import { openDB, unwrap, type IDBPTransaction, type StoreNames } from 'idb'
import { StorageFull } from '../shared/lib/errors'
import { migrate, VERSION, type Handle, type Meta, type Schema } from './schema'

type Stores = StoreNames<Schema>
export type Write<S extends Stores[]> = IDBPTransaction<Schema, S, 'readwrite'>

export interface Database {
  readonly name: string
  /** Runs `work` on an open connection; opens a new one and tries once more if it was dropped. */
  withDb<T>(work: (db: Handle) => Promise<T>): Promise<T>
  /** One transaction that is on the disk when this resolves, or has left nothing. Throws `StorageFull`. */
  strict<S extends Stores[], T>(stores: S, work: (tx: Write<S>) => Promise<T>): Promise<T>
  meta<K extends keyof Meta>(name: K): Promise<Meta[K] | undefined>
  setMeta<K extends keyof Meta>(name: K, value: Meta[K]): Promise<void>
  close(): void
}

/** Another tab holds an old version open, or this program is older than the data. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable'
}

const names = (error: unknown): string => (error instanceof Error || error instanceof DOMException ? error.name : '')

/** Errors of a connection that is gone, as the engines name them. */
export function isDropped(error: unknown): boolean {
  if (names(error) === 'InvalidStateError') return true
  const text = error instanceof Error || error instanceof DOMException ? error.message : ''
  return /connection (to indexed database server )?(is )?(lost|clos)|database connection is closing/i.test(text)
}

export const isFull = (error: unknown): boolean =>
  names(error) === 'QuotaExceededError' || (names(error) === 'AbortError' && /quota/i.test((error as Error).message))

async function open(name: string, onGone: () => void): Promise<Handle> {
  const db = await openDB<Schema>(name, VERSION, {
    upgrade: (handle, from, _to, tx) => migrate(handle, from, tx),
    // A newer tab wants to migrate: let go, and open again when next needed.
    blocking: (_current, _blocked, event) => {
      ;(event.target as IDBDatabase).close()
      onGone()
    },
    terminated: onGone,
  }).catch((error: unknown) => {
    if (names(error) === 'VersionError') throw new DatabaseUnavailable('this app is older than its data; update it')
    throw error
  })
  unwrap(db).addEventListener('close', onGone)
  return db
}

async function transact<S extends Stores[], T>(db: Handle, stores: S, work: (tx: Write<S>) => Promise<T>): Promise<T> {
  const tx = db.transaction(stores, 'readwrite', { durability: 'strict' })
  // The error of the request inside is the telling one; that of `done` is only its echo.
  const done = tx.done.then(
    () => null,
    (error: unknown) => ({ error }),
  )
  try {
    const result = await work(tx)
    const failed = await done
    if (failed) throw tx.error ?? failed.error
    return result
  } catch (error) {
    try {
      tx.abort()
    } catch {
      // It had already ended, with this very error.
    }
    await done
    throw isFull(error) || isFull(tx.error) ? new StorageFull() : error
  }
}

export function openDatabase(person: string): Database {
  const name = `daochang-${person}`
  let handle: Promise<Handle> | null = null
  let closed = false
  const drop = (): void => void (handle = null)
  const connect = (): Promise<Handle> => {
    if (closed) throw new DatabaseUnavailable('the database was closed by signing out')
    handle ??= open(name, drop).catch((error: unknown) => {
      drop()
      throw error
    })
    return handle
  }
  const withDb = async <T>(work: (db: Handle) => Promise<T>): Promise<T> => {
    const first = await connect()
    try {
      return await work(first)
    } catch (error) {
      if (!isDropped(error)) throw error
      drop()
      first.close()
      return work(await connect())
    }
  }
  const strict: Database['strict'] = (stores, work) => withDb((db) => transact(db, stores, work))
  return {
    name,
    withDb,
    strict,
    meta: (key) => withDb((db) => db.get('meta', key)) as never,
    setMeta: (key, value) => strict(['meta'], async (tx) => void (await tx.objectStore('meta').put(value, key))),
    close() {
      closed = true
      handle?.then((db) => db.close()).catch(() => undefined)
      drop()
    },
  }
}
