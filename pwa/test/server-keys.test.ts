/** The server changes its key while the phone is away. */
import { beforeEach, describe, expect, it } from 'vitest'
import { phone, wipe, type Phone } from './support/phone'
import { rules } from './support/rules'
import { FakeServer, idOf, payloadOf, technician } from './support/server'
import { policies, site, terminal, WO, workOrder } from './support/work-order'
import type { Envelope } from '../src/domain/types'

let server: FakeServer
let one: Phone

const note = (text: string) => ({ t: 'noted', body: { text }, wo: WO }) as const
const states = async () => (await one.space().db.withDb((db) => db.getAll('events'))).filter((row) => row.t === 'noted').map((row) => row.state)
const receipts = () => one.space().db.withDb((db) => db.getAll('receipts'))

beforeEach(async () => {
  wipe()
  server = await FakeServer.start(technician('P-0001'))
  server.kit = { ...server.kit, policies, terminals: [terminal], sites: [site] }
  server.changes = [{ n: 1, work_order: workOrder() }]
  one = phone(server)
  await one.session.signIn('zhang', 'right')
  await one.sync()
  await one.record(note('before'))
  await one.sync()
  server.calls.length = 0
  server.now += 60_000
})

describe('a phone that was away while the server changed its key', () => {
  it('asks for the kit, follows the statement in it, and has its facts receipted', async () => {
    const given = (await receipts()).length
    await one.record(note('while away'))
    await server.changeKey()
    expect(await one.sync()).toMatchObject({ unsent: 0, refused: 0, problem: null })
    expect(await states()).toEqual(['receipted', 'receipted'])
    expect(server.count('/kit')).toBe(1)
    expect((await receipts()).length).toBeGreaterThan(given)
    expect(server.chain.at(-1)!.t).toBe('sync_acknowledged')
  })

  it('asks no second time', async () => {
    await server.changeKey()
    await one.record(note('a'))
    await one.sync()
    await one.record(note('b'))
    expect((await one.sync()).problem).toBeNull()
    expect(server.count('/kit')).toBe(1)
  })

  it('follows two changes at once', async () => {
    await server.changeKey()
    server.now += 60_000
    await server.changeKey()
    await one.record(note('a'))
    expect((await one.sync()).problem).toBeNull()
    expect(new Set(await states())).toEqual(new Set(['receipted']))
  })

  it('still reads the receipts of the old key, up to the change and no further', async () => {
    const before = server.now - 1
    const from = server.now
    const old = await server.changeKey()
    await one.record(note('a'))
    await one.sync()
    const { db } = one.space()
    const key = await db.meta('key')
    const { key_changes } = (await db.withDb((handle) => handle.get('kit', 'kit')))!
    const server_key = (await db.meta('server_key'))!
    const by = async (keys: CryptoKeyPair | undefined, ts: number) => {
      server.now = ts
      const envelope = await server.receipt(key!.dev, 'ab'.repeat(32), 1, null, keys)
      return rules().call('verify_receipt', { envelope, server_key, key_changes: key_changes! }).then(
        () => 'ok',
        (error: { code: string }) => error.code,
      )
    }
    expect(await by(old, before)).toBe('ok')
    expect(await by(old, from)).toBe('key_replaced')
    expect(await by(undefined, before)).toBe('key_not_yet')
    expect(await by(undefined, from)).toBe('ok')
  })
})

describe('a server that only says it changed its key', () => {
  it.each([
    ['with a statement that the old key has not signed', async () => void (await server.changeKey('new'))],
    [
      'without any statement',
      async () => {
        await server.changeKey()
        server.kit = { ...server.kit, key_changes: [] }
      },
    ],
    [
      'with a kit that names the new key as the first',
      async () => {
        await server.changeKey()
        const change = payloadOf(server.kit.key_changes![0]!) as unknown as { new: string }
        server.kit = { ...server.kit, server_key: change.new, key_changes: [] }
      },
    ],
  ])('is not believed, %s', async (_name, change) => {
    await change()
    await one.record(note('a'))
    expect((await one.sync()).problem).toMatchObject({ code: 'bad_signature' })
    expect(await states()).toEqual(['receipted', 'sent'])
    expect(server.count('/kit')).toBe(1)
  })
})

describe('a phone enrolled after a change', () => {
  it('keeps the first key and follows the change', async () => {
    const first = server.kit.server_key
    await server.changeKey()
    const two = phone(server)
    await two.session.signIn('zhang', 'right')
    expect(two.session.enrolment.value).toBe('enrolled')
    await two.sync()
    expect(await two.space().db.meta('server_key')).toBe(first)
  })

  it('does so even if the change came between the kit and the enrolment', async () => {
    wipe()
    server.mischief = async (call, normally) => {
      if (call.path === '/devices/challenge') await server.changeKey()
      return normally()
    }
    const two = phone(server)
    await two.session.signIn('zhang', 'right')
    expect(two.session.enrolment.value).toBe('enrolled')
    const [enrolled] = await two.space().db.withDb((db) => db.getAll('events'))
    const { key_record } = payloadOf(enrolled!.envelope).body as { key_record: Envelope }
    expect(idOf(key_record)).toHaveLength(64)
  })
})
