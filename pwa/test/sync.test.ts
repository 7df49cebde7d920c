import { createHash } from 'node:crypto'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createLocks } from '../src/shared/lib/locks'
import { PIECE_BYTES, WHOLE_BYTES_MAX } from '../src/sync/photos'
import { phone, Store, wipe, type Phone } from './support/phone'
import { FakeServer, idOf, payloadOf, problem, technician, type Call } from './support/server'
import { policies, site, terminal, WO, workOrder } from './support/work-order'
import type { Envelope } from '../src/domain/types'

let server: FakeServer
let one: Phone

const note = (text: string) => ({ t: 'noted', body: { text }, wo: WO }) as const
const rows = () => one.space().db.withDb((db) => db.getAll('events'))
const states = async () => (await rows()).filter((row) => row.t === 'noted').map((row) => row.state)
const photos = () => one.space().db.withDb((db) => db.getAll('photos'))

async function takePhoto(size: number): Promise<string> {
  const bytes = new Uint8Array(size).map((_, at) => at % 251)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const body = { sha256, size, width: 10, height: 10, slot: 'after', source: 'camera', exif: null } as const
  await one.record({ t: 'photo_taken', body, wo: WO, photo: { sha256, bytes: bytes.buffer, type: 'image/jpeg' } })
  return sha256
}

/** The first call of that kind goes the way of `what`, later ones are normal. */
function once(path: string, what: (call: Call, normally: () => Promise<Response>) => Promise<Response> | Response): void {
  let done = false
  server.mischief = (call, normally) => {
    if (done || !call.path.startsWith(path)) return undefined
    done = true
    return what(call, normally)
  }
}

beforeEach(async () => {
  wipe()
  server = await FakeServer.start(technician('P-0001'))
  server.kit = { ...server.kit, policies, terminals: [terminal], sites: [site] }
  server.changes = [{ n: 1, work_order: workOrder() }]
  one = phone(server)
  await one.session.signIn('zhang', 'right')
  await one.sync()
  server.calls.length = 0
})

describe('an attempt', () => {
  it('asks for a receipt of the head before it sends anything heavy', async () => {
    await one.record(note('a'))
    await takePhoto(100)
    const status = await one.sync()
    expect(status).toMatchObject({ unsent: 0, photos_waiting: 0, refused: 0, problem: null, phase: 'idle' })
    const order = server.calls.map((call) => call.path.split('/').slice(1, 3).join('/').replace(/\?.*|[0-9a-f]{64}/, ''))
    expect(order).toEqual(['sync/head', 'sync/events', 'evidence/', 'sync/changes'])
    expect(await states()).toEqual(['receipted'])
    expect(server.chain.map((event) => event.t).slice(-4)).toEqual(['noted', 'photo_taken', 'sync_requested', 'sync_acknowledged'])
  })

  it('embeds the receipt it got, so that it bounds what follows', async () => {
    await one.record(note('a'))
    await one.sync()
    const last = (await rows()).at(-1)!
    const asked = (await rows()).at(-2)!
    const { receipt } = payloadOf(last.envelope).body as { receipt: Envelope }
    expect(payloadOf(receipt)).toMatchObject({ head: asked.id, head_seq: asked.seq })
  })

  it('says nothing and writes nothing when there is nothing to say', async () => {
    const before = await rows()
    await one.sync()
    await one.sync()
    expect(await rows()).toEqual(before)
    expect(server.calls.map((call) => call.path.split('?')[0])).toEqual(['/sync/changes', '/sync/changes'])
  })

  it('is taken over at once from a tab that ended in the middle of one', async () => {
    const locks = createLocks()
    const two = phone(server, { store: new Store(), locks, eager: true })
    await two.session.signIn('zhang', 'right')
    await two.sync()
    let end = (): void => undefined
    void locks.hold('sync-leader-P-0001', () => new Promise<void>((resolve) => (end = resolve)))
    await two.record(note('a'))
    await expect(two.sync()).resolves.toMatchObject({ leader: false, unsent: 1 })
    end()
    const sent = () => two.space().db.withDb((db) => db.getAllFromIndex('events', 'state', 'receipted'))
    await vi.waitFor(async () => expect((await sent()).map((row) => row.t)).toContain('noted'))
  })

  it('sends batches of at most two hundred, in order', async () => {
    for (let at = 0; at < 205; at++) await one.record(note(`${at}`))
    await one.sync()
    const batches = server.calls.filter((call) => call.path === '/sync/events')
    const sizes = batches.map((call) => (call.body as { events: Envelope[] }).events.length)
    expect(sizes).toEqual([200, 7])
    expect(server.chain.map((event) => event.seq)).toEqual(server.chain.map((_, at) => at + 1))
    expect(new Set(await states())).toEqual(new Set(['receipted']))
  }, 60_000)
})

describe('an answer that is lost', () => {
  it('a fault after the commit leads to a second sending, and a duplicate counts as delivered', async () => {
    await one.record(note('a'))
    once('/sync/events', async (_call, normally) => {
      await normally()
      return problem(500, 'internal')
    })
    expect((await one.sync()).unsent).toBe(1)
    const length = server.chain.length
    const status = await one.sync()
    expect(status).toMatchObject({ unsent: 0, problem: null })
    expect(await states()).toEqual(['receipted'])
    expect(server.chain.filter((event) => event.t === 'noted')).toHaveLength(1)
    expect(server.chain.length).toBe(length)
  })

  it('a head that got no answer is asked again, not doubled', async () => {
    await one.record(note('a'))
    server.mischief = (call) => (call.path === '/sync/head' ? Promise.reject(new TypeError('no network')) : undefined)
    for (let at = 0; at < 5; at++) expect((await one.sync()).online).toBe(false)
    expect((await rows()).filter((row) => row.t === 'sync_requested' && row.state === 'saved')).toHaveLength(1)
    server.mischief = null
    expect((await one.sync()).unsent).toBe(0)
  })

  it('a problem of one phase does not hide new work', async () => {
    await one.record(note('a'))
    server.mischief = (call) => (call.path.startsWith('/sync/events') ? problem(500, 'internal') : undefined)
    const status = await one.sync()
    expect(status).toMatchObject({ unsent: 1, online: true, problem: { code: 'internal' } })
    expect(server.count('/sync/changes')).toBe(1)
  })
})

describe('a server that lost events', () => {
  it('gets them again from where it asks', async () => {
    await one.record(note('a'))
    await one.sync()
    const chain = [...server.chains.values()][0]!
    chain.length = 1
    await one.record(note('b'))
    const status = await one.sync()
    expect(status.problem).toBeNull()
    expect(server.chain.filter((event) => event.t === 'noted').map((event) => event.body)).toEqual([{ text: 'a' }, { text: 'b' }])
    expect(await states()).toEqual(['receipted', 'receipted'])
  })

  it('is not followed for ever when it never moves', async () => {
    await one.record(note('a'))
    server.mischief = (call) => {
      if (call.path !== '/sync/events') return undefined
      const { events } = call.body as { events: Envelope[] }
      const outcomes = events.map((envelope) => ({ id: idOf(envelope), seq: null, status: 'gap', problem: null }))
      return new Response(JSON.stringify({ receipt: null, outcomes, expected_seq: 2 }))
    }
    const status = await one.sync()
    expect(status.problem?.code).toBe('chain_gap')
    expect(server.count('/sync/events')).toBeLessThan(6)
    expect(await states()).toEqual(['saved'])
  })
})

describe('a refusal', () => {
  it('comes back with its reason, stays on the phone and holds nothing else', async () => {
    server.refuses = (event) => (event.body as { text?: string }).text === 'b'
    for (const text of ['a', 'b', 'c']) await one.record(note(text))
    const status = await one.sync()
    expect(await states()).toEqual(['receipted', 'refused', 'receipted'])
    expect(status).toMatchObject({ unsent: 0, refused: 1, problem: null })
    const item = one.space().engine.items.value.find((entry) => entry.state === 'refused')!
    expect(item).toMatchObject({ t: 'noted', wo: WO, reason: { code: 'desk_says_no', zh: '不行', en: 'no' } })
    await one.sync()
    expect((await rows()).filter((row) => row.state === 'refused')).toHaveLength(1)
  })

  it('of a photo’s fact keeps the bytes from being sent', async () => {
    server.refuses = (event) => event.t === 'photo_taken'
    await takePhoto(100)
    const status = await one.sync()
    expect(server.count('/evidence')).toBe(0)
    expect(status).toMatchObject({ photos_waiting: 0, refused: 2 })
    expect(await one.space().photo((await photos())[0]!.sha256)).not.toBeNull()
  })
})

describe('what has arrived', () => {
  const delivered = () => one.space().delivered()

  it('is listed with the time of the receipt, the newest first, and nothing that is open', async () => {
    await one.record(note('a'))
    expect(await delivered()).toEqual([])
    const photo = await takePhoto(100)
    await one.sync()
    await one.record(note('b'))
    const list = await delivered()
    expect(list.map((item) => [item.kind, item.t, item.state])).toEqual([
      ['photo', 'photo', 'receipted'],
      ['event', 'photo_taken', 'receipted'],
      ['event', 'noted', 'receipted'],
    ])
    expect(list[0]?.id).toBe(photo)
    expect(list.every((item) => item.receipt_at === server.now)).toBe(true)
  })

  it('is forgotten by the list after a week, not by the phone', async () => {
    await one.record(note('a'))
    await one.sync()
    one.clock.wall += 7 * 86_400_000
    expect(await delivered()).toHaveLength(1)
    one.clock.wall += 1
    expect(await delivered()).toEqual([])
    expect(await states()).toEqual(['receipted'])
  })
})

describe('a phone that was revoked', () => {
  const revoke = (): void => {
    const revoked = (call: Call) => [...server.devices.keys()].indexOf(payloadOf((call.body as { envelope: Envelope }).envelope).dev) === 0
    server.mischief = (call) => (call.path === '/sync/head' && revoked(call) ? problem(422, 'revoked_key') : undefined)
    server.refuses = (event) => event.dev === [...server.devices.keys()][0]
    server.refusal = 'revoked_key'
  }

  it('is told so, and everything it still had comes back with the reason', async () => {
    await one.record(note('a'))
    revoke()
    await one.sync()
    expect(one.session.enrolment.value).toBe('revoked')
    expect(one.space().engine.items.value.map((item) => [item.t, item.state, item.reason?.code])).toEqual([
      ['noted', 'refused', 'revoked_key'],
    ])
  })

  it('still knows after a restart, and begins nothing by itself', async () => {
    const store = new Store()
    one.close()
    one = phone(server, { store })
    await one.session.signIn('zhang', 'right')
    await one.record(note('a'))
    revoke()
    await one.sync()
    const { dev } = (await one.space().db.meta('key'))!
    one.close()
    one = phone(server, { store })
    await one.session.restore()
    expect(one.session.enrolment.value).toBe('revoked')
    await one.session.enrol()
    expect((await one.space().db.meta('key'))?.dev).toBe(dev)
  })

  it('starts a new chain with a new key, and keeps the old one', async () => {
    await one.record(note('a'))
    const old = one.session.device.value!
    revoke()
    await one.sync()
    await one.session.enrolAnew()
    expect(one.session.enrolment.value).toBe('enrolled')
    expect(one.session.device.value).not.toBe(old)
    await one.record(note('b'))
    await one.sync()
    const chain = (await rows()).map((row) => [row.seq, row.t, row.state])
    expect(chain.slice(0, 3)).toEqual([[1, 'enrolled', 'receipted'], [2, 'app_started', 'receipted'], [3, 'noted', 'receipted']])
    expect(one.space().engine.items.value.map((item) => item.t)).toEqual(['noted'])
    const file = JSON.parse(await (await one.space().exportUnsent()).text()) as { events: { envelope: Envelope }[] }
    const kept = file.events.map((event) => payloadOf(event.envelope))
    expect(kept.filter((event) => event.t === 'noted').map((event) => event.dev)).toEqual([old])
    await one.space().dismiss(one.space().engine.items.value[0]!.id)
    expect(one.space().engine.items.value).toEqual([])
  })

  it('does not do so while a record of the old chain waits for the server', async () => {
    await one.record(note('a'))
    revoke()
    await one.sync()
    await one.record(note('b'))
    await expect(one.session.enrolAnew()).rejects.toMatchObject({ code: 'unsent_work' })
    expect(one.session.enrolment.value).toBe('revoked')
    await one.sync()
    await one.session.enrolAnew()
    expect(one.session.enrolment.value).toBe('enrolled')
  })

  it('makes another key when the server will never take this one', async () => {
    wipe()
    server.mischief = (call) => (call.path === '/devices' ? problem(409, 'key_not_usable') : undefined)
    one = phone(server)
    await one.session.signIn('zhang', 'right')
    expect(one.session.enrolment.value).toBe('failed')
    expect(await one.space().db.meta('key')).toBeUndefined()
    server.mischief = null
    await one.session.enrol()
    expect(one.session.enrolment.value).toBe('enrolled')
  })
})

describe('a session that ends', () => {
  it('keeps the queue, asks for a new sign-in and then sends everything', async () => {
    await one.record(note('a'))
    server.tokens.clear()
    const status = await one.sync()
    expect(one.session.state.value).toBe('expired')
    expect(status).toMatchObject({ signed_out: true, unsent: 1 })
    await one.record(note('offline is fine'))
    expect(one.session.person.value?.id).toBe('P-0001')
    await one.session.signIn('zhang', 'right')
    expect(await one.sync()).toMatchObject({ signed_out: false, unsent: 0 })
    expect(await states()).toEqual(['receipted', 'receipted'])
  })

  it('a sign-out is refused while anything is unsent', async () => {
    await one.record(note('a'))
    expect(await one.session.signOut()).toBe('unsent')
    expect(one.session.state.value).toBe('signed_in')
    await one.sync()
    expect(await one.session.signOut()).toBe('done')
    expect(one.session.state.value).toBe('signed_out')
    expect(server.count('/session')).toBe(1)
  })

  it('a sign-out is refused while a photo waits', async () => {
    await takePhoto(100)
    server.mischief = (call) => (call.path.startsWith('/evidence') ? problem(503, 'full') : undefined)
    expect(await one.sync()).toMatchObject({ unsent: 0, photos_waiting: 1 })
    expect(await one.session.signOut()).toBe('unsent')
  })
})

describe('receipts', () => {
  const forge = (make: (call: Call) => Promise<Envelope>): void => {
    server.mischief = async (call, normally) => {
      const response = await normally()
      if (!['/sync/events', '/sync/head'].includes(call.path)) return response
      return new Response(JSON.stringify({ ...((await response.json()) as object), receipt: await make(call) }))
    }
  }
  const own = () => [...server.devices.keys()][0]!

  it.each([
    ['signed by another key', async () => {
      const keys = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair
      const last = (await rows()).at(-1)!
      return server.receipt(own(), last.id, last.seq, null, keys)
    }],
    ['about another phone', async () => server.receipt('00'.repeat(16), (await rows()).at(-1)!.id, (await rows()).length, null)],
    ['naming another head', async () => server.receipt(own(), 'ee'.repeat(32), (await rows()).length, null)],
    ['for another place', async () => server.receipt(own(), (await rows()).at(-1)!.id, 1, null)],
    ['beyond the chain', async () => server.receipt(own(), (await rows()).at(-1)!.id, 999, null)],
  ])('%s count for nothing', async (_name, make) => {
    await one.record(note('a'))
    forge(make)
    const status = await one.sync()
    expect(status.problem).not.toBeNull()
    expect(await states()).toEqual(['sent'])
    expect(status.unsent).toBe(1)
    server.mischief = null
    expect(await one.sync()).toMatchObject({ unsent: 0, problem: null })
    expect(await states()).toEqual(['receipted'])
  })

  it('of the head alone deliver nothing: the server must also have the events', async () => {
    await one.record(note('a'))
    server.mischief = (call) => (call.path === '/sync/events' ? problem(503, 'busy') : undefined)
    await one.sync()
    expect(await states()).toEqual(['saved'])
  })
})

describe('photos', () => {
  const methods = () => server.calls.filter((call) => call.path.startsWith('/evidence')).map((call) => call.method)

  it('go whole when small, small ones first', async () => {
    const big = await takePhoto(3_000)
    const small = await takePhoto(1_000)
    await one.sync()
    expect(server.calls.filter((call) => call.method === 'PUT').map((call) => call.path.slice(-64))).toEqual([small, big])
    expect((await photos()).map((row) => row.state)).toEqual(['receipted', 'receipted'])
  })

  it('large ones go in pieces and go on where the server stands', async () => {
    const size = WHOLE_BYTES_MAX + PIECE_BYTES + 5
    const name = await takePhoto(size)
    let patches = 0
    server.mischief = (call) =>
      call.method === 'PATCH' && ++patches === 3 ? Promise.reject(new TypeError('no network')) : undefined
    expect(await one.sync()).toMatchObject({ photos_waiting: 1 })
    server.mischief = null
    const before = methods().length
    expect(await one.sync()).toMatchObject({ photos_waiting: 0 })
    expect(methods().slice(before)).toEqual(['HEAD', 'PATCH', 'PATCH'])
    expect(createHash('sha256').update(server.photos.get(name)!.bytes).digest('hex')).toBe(name)
  })

  it('follow the server’s offset when it has less than we think', async () => {
    const name = await takePhoto(WHOLE_BYTES_MAX + 5)
    let patches = 0
    server.mischief = (call) => {
      if (call.method === 'PATCH' && ++patches === 2) server.photos.get(name)!.bytes = new Uint8Array(server.photos.get(name)!.bytes.slice(0, 1000))
      return undefined
    }
    expect(await one.sync()).toMatchObject({ photos_waiting: 0, problem: null })
    expect(createHash('sha256').update(server.photos.get(name)!.bytes).digest('hex')).toBe(name)
  })

  it('are delivered only when the server names the same hash', async () => {
    await takePhoto(100)
    once('/evidence', () => new Response(JSON.stringify({ sha256: 'ff'.repeat(32), size: 100, width: 1, height: 1 })))
    expect(await one.sync()).toMatchObject({ photos_waiting: 1, problem: { code: 'hash_mismatch' } })
    expect(await one.sync()).toMatchObject({ photos_waiting: 0 })
  })

  it('that the server already has are not sent again', async () => {
    await takePhoto(100)
    once('/evidence', async (_call, normally) => {
      await normally()
      throw new TypeError('no network')
    })
    await one.sync()
    expect(await one.sync()).toMatchObject({ photos_waiting: 0 })
    expect(methods()).toEqual(['PUT', 'HEAD', 'PATCH'])
    expect((server.calls.findLast((call) => call.method === 'PATCH')?.body as Uint8Array).length).toBe(0)
  })

  it('spoiled under way start again, spoiled on the phone come back as lost', async () => {
    const name = await takePhoto(100)
    once('/evidence', () => problem(422, 'wrong_hash'))
    expect(await one.sync()).toMatchObject({ photos_waiting: 1, problem: { code: 'wrong_hash' } })
    const { db } = one.space()
    await db.strict(['photo_bytes'], async (tx) => void (await tx.objectStore('photo_bytes').put(new ArrayBuffer(100), name)))
    expect(await one.sync()).toMatchObject({ photos_waiting: 0, refused: 1 })
  })

  it('that the server cannot use come back with the reason', async () => {
    await takePhoto(100)
    once('/evidence', () => problem(415, 'not_a_jpeg'))
    expect(await one.sync()).toMatchObject({ photos_waiting: 0, refused: 1 })
    expect((await photos())[0]).toMatchObject({ state: 'refused', reason: { code: 'not_a_jpeg' } })
  })
})

describe('work orders', () => {
  it('are replaced by what the server sends, and survive a restart without network', async () => {
    const store = new Store()
    const two = phone(server, { store })
    await two.session.signIn('zhang', 'right')
    await two.sync()
    two.close()
    server.mischief = () => Promise.reject(new TypeError('no network'))
    const again = phone(server, { store })
    await again.session.restore()
    expect(again.session.state.value).toBe('signed_in')
    const stored = await again.space().db.withDb((db) => db.getAll('work_orders'))
    expect(stored.map((row) => row.id)).toEqual([WO])
  })

  it('an older change never overwrites a newer one', async () => {
    server.changes = [{ n: 5, work_order: workOrder(WO, { district: 'LG' }) }]
    await one.sync()
    server.changes = [{ n: 4, work_order: workOrder(WO, { district: 'FT' }) }]
    await one.sync()
    const [row] = await one.space().db.withDb((db) => db.getAll('work_orders'))
    expect(row).toMatchObject({ n: 5, doc: { district: 'LG' } })
  })
})
