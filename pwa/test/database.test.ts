import { beforeEach, describe, expect, it, vi } from 'vitest'
import { openDB } from 'idb'
import { ref } from 'vue'
import { openDatabase, type Database } from '../src/db/database'
import { migrate, VERSION, type PhotoRow, type Schema } from '../src/db/schema'
import { StorageFull } from '../src/shared/lib/errors'
import { createRoom } from '../src/storage/room'
import { phone, wipe } from './support/phone'
import { FakeServer, technician } from './support/server'
import { policies, site, terminal, WO, workOrder } from './support/work-order'

let db: Database

beforeEach(() => {
  wipe()
  vi.restoreAllMocks()
  db = openDatabase('P-0001')
})

const photo = (sha256: string, change: Partial<PhotoRow> = {}): PhotoRow => ({
  ...{ sha256, has_bytes: true, type: 'image/jpeg', size: 10, wo: WO, seq: 1, wall: 0, state: 'saved' },
  ...{ offset: 0, tried: false, acked_at: null, reason: null, dismissed: false },
  ...change,
})

/** The store called `name` has no room from now on. */
function fill(name: string, isOpen: () => boolean = () => false): void {
  for (const method of ['put', 'add'] as const) {
    const real = IDBObjectStore.prototype[method]
    vi.spyOn(IDBObjectStore.prototype, method).mockImplementation(function (this: IDBObjectStore, ...args: [unknown, IDBValidKey?]) {
      if (this.name === name && !isOpen()) throw new DOMException('no room', 'QuotaExceededError')
      return real.apply(this, args)
    })
  }
}

describe('a connection that was dropped', () => {
  it('is opened again under the work that needs it', async () => {
    await db.setMeta('cursor', 'a')
    await db.withDb(async (handle) => handle.close())
    expect(await db.meta('cursor')).toBe('a')
    await db.withDb(async (handle) => handle.close())
    await db.setMeta('cursor', 'b')
    expect(await db.meta('cursor')).toBe('b')
  })

  it('is given up after one more try', async () => {
    let tries = 0
    const dropped = db.withDb(async () => {
      tries += 1
      throw new DOMException('The database connection is closing.', 'InvalidStateError')
    })
    await expect(dropped).rejects.toThrow('closing')
    expect(tries).toBe(2)
  })

  it('lets a newer version of the app migrate, and comes back', async () => {
    await db.setMeta('cursor', 'a')
    await new Promise<void>((resolve, reject) => {
      const request = indexedDB.open('daochang-P-0001', VERSION + 1)
      request.onupgradeneeded = () => request.result.createObjectStore('later')
      request.onsuccess = () => (request.result.close(), resolve())
      request.onerror = () => reject(request.error)
      request.onblocked = () => reject(new Error('the old connection did not let go'))
    })
    await expect(db.meta('cursor')).rejects.toThrow('older than its data')
  })

  it('brings an older database up to date without touching what is in it', async () => {
    const old = await openDB<Schema>('daochang-P-0003', 1, {
      upgrade: (handle) => migrate(handle, 0, undefined as never, 1),
    })
    await old.put('photos', photo('aa'))
    await old.put('meta', 'c1', 'cursor')
    old.close()
    const now = openDatabase('P-0003')
    expect(await now.meta('cursor')).toBe('c1')
    expect(await now.withDb((handle) => handle.getAll('photos'))).toEqual([photo('aa')])
    expect(await now.withDb((handle) => handle.count('closed_events'))).toBe(0)
  })

  it('does not record a fact twice when the commit was done but the answer was lost', async () => {
    const server = await FakeServer.start(technician('P-0002'))
    server.kit = { ...server.kit, policies, terminals: [terminal], sites: [site] }
    server.changes = [{ n: 1, work_order: workOrder() }]
    const one = phone(server)
    await one.session.signIn('zhang', 'right')
    await one.sync()
    const { db: own } = one.space()
    const real = own.strict
    let lost = false
    Object.assign(own, {
      strict: async (stores: never, work: never) => {
        const result = await real(stores, work)
        if (lost) return result
        lost = true
        return real(stores, work)
      },
    })
    await one.record({ t: 'noted', body: { text: 'once' }, wo: WO })
    const rows = await own.withDb((handle) => handle.getAll('events'))
    expect(rows.filter((row) => row.t === 'noted')).toHaveLength(1)
    expect((await own.meta('head'))?.seq).toBe(rows.length)
  })
})

describe('a full phone', () => {
  it('says so, and leaves nothing of the transaction', async () => {
    fill('photos')
    const work = db.strict(['meta', 'photos'], async (tx) => {
      await tx.objectStore('meta').put('half', 'cursor')
      await tx.objectStore('photos').put(photo('aa'))
    })
    await expect(work).rejects.toBeInstanceOf(StorageFull)
    expect(await db.meta('cursor')).toBeUndefined()
  })

  it('gives up confirmed photo bytes first and the ballast only for text', async () => {
    const full = ref(false)
    const room = createRoom(db, full)
    await room.load()
    await db.strict(['photos', 'photo_bytes'], async (tx) => {
      await tx.objectStore('photos').put(photo('aa', { state: 'receipted', acked_at: 1 }))
      await tx.objectStore('photos').put(photo('bb'))
      await tx.objectStore('photo_bytes').put(new ArrayBuffer(10), 'aa')
      await tx.objectStore('photo_bytes').put(new ArrayBuffer(10), 'bb')
    })
    const ballast = () => db.withDb((handle) => handle.count('ballast'))
    expect(await room.make(true)).toBe(true)
    expect(await db.withDb((handle) => handle.getAllKeys('photo_bytes'))).toEqual(['bb'])
    expect((await db.withDb((handle) => handle.get('photos', 'aa')))?.has_bytes).toBe(false)
    expect(await room.make(true)).toBe(false)
    expect(await ballast()).toBe(1)
    expect(await room.make(false)).toBe(true)
    expect(await ballast()).toBe(0)
    expect(await room.make(false)).toBe(false)
    expect(full.value).toBe(true)
  })

  it('still takes a check-in when a photo no longer fits', async () => {
    const server = await FakeServer.start(technician('P-0003'))
    server.kit = { ...server.kit, policies, terminals: [terminal], sites: [site] }
    server.changes = [{ n: 1, work_order: workOrder() }]
    const one = phone(server)
    await one.session.signIn('zhang', 'right')
    await one.sync()
    const own = one.space().db
    await expect.poll(() => own.withDb((handle) => handle.count('ballast'))).toBe(1)
    let freed = false
    fill('events', () => freed)
    const body = { terminal: terminal.id, scan: null, fixes: null, no_fix: 'indoors', reason: null } as const
    const bytes = new ArrayBuffer(8)
    const shot = { sha256: 'ab'.repeat(32), size: 8, width: 1, height: 1, slot: 'scene', source: 'camera', exif: null } as const
    const taken = one.record({ t: 'photo_taken', body: shot, wo: WO, photo: { sha256: shot.sha256, bytes, type: 'image/jpeg' } })
    await expect(taken).rejects.toBeInstanceOf(StorageFull)
    expect(await own.withDb((handle) => handle.count('ballast'))).toBe(1)
    const remove = IDBObjectStore.prototype.delete
    vi.spyOn(IDBObjectStore.prototype, 'delete').mockImplementation(function (this: IDBObjectStore, ...args) {
      if (this.name === 'ballast') freed = true
      return remove.apply(this, args)
    })
    await one.record({ t: 'checked_in', body, wo: WO })
    expect(one.full.value).toBe(true)
    const rows = await own.withDb((handle) => handle.getAll('events'))
    expect(rows.at(-1)?.t).toBe('checked_in')
  })

  it('drops confirmed bytes after a week, never unconfirmed ones', async () => {
    const week = 7 * 24 * 3600_000
    await db.strict(['photos'], async (tx) => {
      await tx.objectStore('photos').put(photo('aa', { state: 'receipted', acked_at: 1_000 }))
      await tx.objectStore('photos').put(photo('bb', { state: 'receipted', acked_at: 2_000 }))
      await tx.objectStore('photos').put(photo('cc', { state: 'refused', wall: 1 }))
    })
    await createRoom(db, ref(false)).tidy(week + 1_500)
    const kept = (await db.withDb((handle) => handle.getAll('photos'))).filter((row) => row.has_bytes).map((row) => row.sha256)
    expect(kept).toEqual(['bb', 'cc'])
  })
})
