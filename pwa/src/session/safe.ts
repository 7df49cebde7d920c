/**
 * The sign-in once more, on the disk at once. The browser writes localStorage down seconds late, and whoever
 * lost power within them would need network to sign in again.
 */
import type { Grant } from './token'

const NAME = 'daochang.session'
const STORE = 'grant'
const KEY = 'last'

export interface Safe {
  /** What was saved last: null after a sign-out, undefined if nothing ever was. */
  load(): Promise<Grant | null | undefined>
  /** Is on the disk when this resolves. */
  save(grant: Grant | null): Promise<void>
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1)
    request.onupgradeneeded = () => void request.result.createObjectStore(STORE)
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('the sign-in cannot be opened'))
  })
}

/** One transaction; its answer is there when it has ended. */
async function transact<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const db = await open()
  try {
    return await new Promise<T>((resolve, reject) => {
      const tx = db.transaction(STORE, mode, { durability: 'strict' })
      const request = work(tx.objectStore(STORE))
      tx.oncomplete = () => resolve(request.result)
      tx.onabort = () => reject(tx.error ?? new Error('the sign-in was not written'))
    })
  } finally {
    db.close()
  }
}

export const browserSafe: Safe = {
  load: () => transact<Grant | null | undefined>('readonly', (store) => store.get(KEY) as IDBRequest<Grant | null | undefined>),
  save: async (grant) => void (await transact('readwrite', (store) => store.put(grant, KEY))),
}
