import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Refusal } from '../src/shared/lib/errors'
import { zh } from '../src/shared/i18n/zh'
import { createLocks } from '../src/shared/lib/locks'
import { BUILD, phone, Store, wipe, type Phone } from './support/phone'
import { rules } from './support/rules'
import { FakeServer, idOf, payloadOf, technician } from './support/server'
import { policies, POLICY, site, terminal, WO, workOrder } from './support/work-order'

let server: FakeServer

async function enrolled(store = new Store(), locks = createLocks()): Promise<Phone> {
  const one = phone(server, { store, locks })
  if (store.map.size === 0) await one.session.signIn('zhang', 'right')
  else await one.session.restore()
  return one
}

async function withWorkOrder(): Promise<Phone> {
  const one = await enrolled()
  await one.sync()
  return one
}

const note = (text: string) => ({ t: 'noted', body: { text }, wo: WO }) as const
const events = (one: Phone) => one.space().db.withDb((db) => db.getAll('events'))

beforeEach(async () => {
  wipe()
  server = await FakeServer.start(technician('P-0001'))
  server.kit = { ...server.kit, policies, terminals: [terminal], sites: [site] }
  server.changes = [{ n: 1, work_order: workOrder() }]
})

describe('enrolment', () => {
  it('begins the chain with the key record and nothing before it', async () => {
    const one = await enrolled()
    expect(one.session.enrolment.value).toBe('enrolled')
    const [first, ...rest] = await events(one)
    expect(rest).toEqual([])
    expect(first).toMatchObject({ seq: 1, t: 'enrolled', state: 'saved', wo: null })
    expect(payloadOf(first!.envelope).prev).toBe('0'.repeat(64))
  })

  it('keeps a key that cannot be read out and survives a restart', async () => {
    const store = new Store()
    const one = await enrolled(store)
    const key = await one.space().db.meta('key')
    expect(key?.pair.privateKey.extractable).toBe(false)
    one.close()
    const again = await enrolled(store)
    expect((await again.space().db.meta('key'))?.dev).toBe(key?.dev)
    expect(server.count('/devices')).toBe(2)
  })

  it('goes on where it was interrupted, with the same key', async () => {
    server.mischief = (call) => (call.path === '/devices' ? new Response('', { status: 503 }) : undefined)
    const one = await enrolled()
    expect(one.session.enrolment.value).toBe('failed')
    expect(one.session.enrolmentProblem.value?.zh).toContain('503')
    const key = await one.space().db.meta('key')
    server.mischief = null
    await one.session.enrol()
    expect(one.session.enrolment.value).toBe('enrolled')
    expect(one.session.device.value).toBe(key?.dev)
  })

  it('refuses a key record that another key signed', async () => {
    const other = await FakeServer.start(technician('P-0001'))
    server.kit = { ...server.kit, server_key: other.kit.server_key }
    const one = await enrolled()
    expect(one.session.enrolment.value).toBe('failed')
    expect(await events(one)).toEqual([])
  })
})

describe('a browser that does not keep the key', () => {
  afterEach(() => void vi.restoreAllMocks())
  const pairOf = (extractable: boolean) => crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, extractable, ['sign', 'verify'])
  /** What the browser really writes when it is given a key. */
  function writing(change: (row: { pair: CryptoKeyPair }) => object): void {
    const put = IDBObjectStore.prototype.put
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, value: unknown, key?: IDBValidKey) {
      const isKey = typeof value === 'object' && value !== null && 'pair' in value
      return put.call(this, isKey ? change(value as { pair: CryptoKeyPair }) : value, key)
    })
  }

  it.each<[string, () => Promise<void>]>([
    [
      'because it refuses to store one',
      async () =>
        writing(() => {
          throw new DOMException('The object can not be cloned.', 'DataCloneError')
        }),
    ],
    [
      'because what it reads back signs nothing that fits',
      async () => {
        const { privateKey } = await pairOf(false)
        writing((row) => ({ ...row, pair: { publicKey: row.pair.publicKey, privateKey } }))
      },
    ],
    [
      'because any program could read it out',
      async () => {
        const pair = await pairOf(true)
        vi.spyOn(crypto.subtle, 'generateKey').mockResolvedValue(pair as never)
      },
    ],
  ])('enrols none, %s, and says so', async (_, spoil) => {
    await spoil()
    const one = await enrolled()
    expect(one.session.enrolment.value).toBe('failed')
    expect(one.session.enrolmentProblem.value?.zh).toBe(zh['key.not_kept'])
    expect(server.count('/devices')).toBe(0)
    expect(await events(one)).toEqual([])
  })
})

describe('recording', () => {
  it('puts app_started before the first fact of a page load and nowhere else', async () => {
    const one = await withWorkOrder()
    await one.record(note('一'))
    await one.record(note('二'))
    const said = (await events(one)).map((row) => row.t).filter((t) => !t.startsWith('sync_'))
    expect(said).toEqual(['enrolled', 'app_started', 'noted', 'noted'])
  })

  it('names the build that runs', async () => {
    const one = await withWorkOrder()
    await one.record(note('一'))
    const row = (await events(one)).find((event) => event.t === 'app_started')!
    expect(payloadOf(row.envelope).body).toEqual({ build: BUILD })
  })

  it('makes events that the rules accept under the enrolled key', async () => {
    const one = await withWorkOrder()
    const { id } = await one.record(note('黑屏，重启无效'))
    const row = (await events(one)).find((event) => event.id === id)!
    const spki = [...server.devices.values()][0]!
    const opened = await rules().call('verify_event', { envelope: row.envelope, spki })
    expect(opened.id).toBe(id)
    expect(opened.event).toMatchObject({ by: 'P-0001', wo: WO, pol: POLICY, t: 'noted' })
    expect(idOf(row.envelope)).toBe(id)
  })

  it('chains two facts recorded at the same time', async () => {
    const one = await withWorkOrder()
    const [a, b] = await Promise.all([one.record(note('a')), one.record(note('b'))])
    expect(b.seq).toBe(a.seq + 1)
    const rows = await events(one)
    expect(payloadOf(rows.find((row) => row.seq === b.seq)!.envelope).prev).toBe(a.id)
  })

  it.each([
    ['with one lock for both tabs', createLocks()],
    ['without locks between the tabs', undefined],
  ])('never forks from two tabs, %s', async (_name, shared) => {
    const store = new Store()
    const one = await enrolled(store, shared ?? createLocks())
    await one.sync()
    const two = await enrolled(store, shared ?? createLocks())
    const tabs = [one, two, one, two, one, two]
    await Promise.all(tabs.map((tab, at) => tab.record(note(`${at}`))))
    const rows = await events(one)
    expect(rows.map((row) => row.seq)).toEqual(rows.map((_, at) => at + 1))
    const links = rows.map((row) => payloadOf(row.envelope).prev)
    expect(links.slice(1)).toEqual(rows.slice(0, -1).map((row) => row.id))
    expect(rows.filter((row) => row.t === 'noted')).toHaveLength(6)
  })

  it('leaves nothing behind when the transaction fails', async () => {
    const one = await withWorkOrder()
    const before = await events(one)
    const { db } = one.space()
    const strict = db.strict
    Object.assign(db, {
      strict: (stores: never, work: (tx: never) => Promise<unknown>) =>
        strict(stores, async (tx) => {
          await work(tx as never)
          throw new Error('the battery died')
        }),
    })
    const photo = { sha256: 'ab'.repeat(32), bytes: new ArrayBuffer(8), type: 'image/jpeg' }
    const body = { sha256: photo.sha256, size: 8, width: 1, height: 1, slot: 'before', source: 'camera', exif: null } as const
    await expect(one.record({ t: 'photo_taken', body, wo: WO, photo })).rejects.toThrow('the battery died')
    expect(await events(one)).toEqual(before)
    expect(await db.withDb((handle) => handle.count('photos'))).toBe(0)
    expect((await db.meta('head'))?.seq).toBe(before.length)
    Object.assign(db, { strict })
    const { seq } = await one.record({ t: 'photo_taken', body, wo: WO, photo })
    expect(seq).toBe(before.length + 1)
    expect(await db.withDb((handle) => handle.count('photos'))).toBe(1)
  })

  it('refuses what the rules refuse, before saving it', async () => {
    const one = await withWorkOrder()
    const before = await events(one)
    await expect(one.record(note(''))).rejects.toMatchObject({ name: 'Refusal', code: 'empty_text' })
    await expect(one.record({ ...note('x'), wo: 'WO-20261124-0009' })).rejects.toBeInstanceOf(Refusal)
    expect(await events(one)).toEqual(before)
  })

  it('of a double tap records one check-in', async () => {
    const one = await withWorkOrder()
    const tap = () =>
      one.record({ t: 'checked_in', body: { terminal: terminal.id, scan: null, fixes: null, no_fix: 'indoors', reason: null }, wo: WO })
    const [first, second] = await Promise.allSettled([tap(), tap()])
    expect(first.status).toBe('fulfilled')
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'already_checked_in' } })
  })

  it('refuses before the phone is enrolled, in words', async () => {
    server.mischief = (call) => (call.path === '/devices' ? new Response('', { status: 503 }) : undefined)
    const one = await enrolled()
    await expect(one.record(note('x'))).rejects.toMatchObject({ code: 'not_enrolled' })
  })

  it('keeps sidecars apart from the chain, bound by their commitment', async () => {
    const one = await withWorkOrder()
    const fixes = await one.space().recorder.sidecar([])
    await one.record({
      t: 'checked_in',
      body: { terminal: terminal.id, scan: null, fixes: { c: fixes.c }, no_fix: 'indoors', reason: null },
      wo: WO,
      sidecars: [fixes],
    })
    const row = (await events(one)).at(-1)!
    expect(row.sidecars).toEqual([fixes.c])
    expect(row.payload).not.toContain((JSON.parse(fixes.text) as { salt: string }).salt)
    await one.sync()
    expect(server.sidecars.get(fixes.c)).toEqual(JSON.parse(fixes.text))
  })
})

describe('the clocks of a page load', () => {
  it.each([
    ['a sleep', 3_600_000, 60_000, 3_540_000],
    ['a clock set back', -7_200_000, 1_000, -7_201_000],
  ])('records %s before the next fact', async (_name, wall, mono, delta_ms) => {
    const one = await withWorkOrder()
    await one.record(note('a'))
    one.clock.wall += wall
    one.clock.mono += mono
    await one.record(note('b'))
    const [jump, fact] = (await events(one)).slice(-2)
    expect(fact?.t).toBe('noted')
    expect(payloadOf(jump!.envelope)).toMatchObject({ t: 'clock_jumped', body: { delta_ms } })
  })

  it('lets two seconds pass without a word', async () => {
    const one = await withWorkOrder()
    await one.record(note('a'))
    one.clock.wall += 62_000
    one.clock.mono += 60_000
    await one.record(note('b'))
    expect((await events(one)).some((row) => row.t === 'clock_jumped')).toBe(false)
  })

  it('writes paused and resumed only while somebody is at work', async () => {
    const one = await withWorkOrder()
    const names = async () => (await events(one)).map((row) => row.t)
    one.show(false)
    one.show(true)
    await one.record(note('a'))
    one.show(false)
    await expect.poll(names).toContain('paused')
    one.show(true)
    await expect.poll(names).toContain('resumed')
    await one.sync()
    const quiet = await names()
    one.show(false)
    one.show(true)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await names()).toEqual(quiet)
    expect(quiet.filter((t) => t === 'paused')).toHaveLength(1)
  })
})
