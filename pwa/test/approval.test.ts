/** A phone beside another one: it waits with its key, and is told. */
import { createHash } from 'node:crypto'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { phone, Store, wipe, type Phone } from './support/phone'
import { FakeServer, payloadOf, technician } from './support/server'
import { policies, site, terminal, WO, workOrder } from './support/work-order'

let server: FakeServer
const note = (text: string) => ({ t: 'noted', body: { text }, wo: WO }) as const
const key = async (one: Phone) => (await one.space().db.meta('key'))!

beforeEach(async () => {
  wipe()
  server = await FakeServer.start(technician('P-0001'))
  server.kit = { ...server.kit, policies, terminals: [terminal], sites: [site] }
  server.changes = [{ n: 1, work_order: workOrder() }]
  server.needsApproval = true
})

async function waiting(store = new Store()): Promise<Phone> {
  const one = phone(server, { store })
  await one.session.signIn('zhang', 'right')
  expect(one.session.enrolment.value).toBe('waiting')
  return one
}

describe('a phone that waits for approval', () => {
  it('shows eight digits that it computed from its own key', async () => {
    const one = await waiting()
    const { spki } = await key(one)
    const { salt } = one.session.request.value!.told
    const bytes = [Buffer.from('daochang.enrolment.check.v1\n'), Buffer.from(salt, 'hex'), Buffer.from(spki, 'base64')]
    const first = createHash('sha256').update(Buffer.concat(bytes)).digest().readBigUInt64BE()
    const digits = String(first % 100_000_000n).padStart(8, '0')
    expect(one.session.request.value!.number).toBe(`${digits.slice(0, 4)} ${digits.slice(4)}`)
  })

  it('believes no answer about another key', async () => {
    server.mischief = async (call, normally) => {
      if (call.path !== '/devices') return normally()
      const told = (await (await normally()).json()) as object
      return Response.json({ ...told, dev: 'cd'.repeat(16) }, { status: 202 })
    }
    const one = phone(server)
    await one.session.signIn('zhang', 'right')
    expect(one.session.enrolment.value).toBe('failed')
    expect(one.session.enrolmentProblem.value?.code).toBe('key_record_mismatch')
    server.mischief = null
    await one.session.enrol()
    expect(one.session.enrolment.value).toBe('waiting')
  })

  it('sees its work orders, and says why it cannot record', async () => {
    const one = await waiting()
    await one.sync()
    await vi.waitFor(() => expect(one.views.value.map((view) => view.doc.id)).toEqual([WO]))
    const refused = await one.record(note('a')).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'phone_waits' })
    expect((refused as { zh: string }).zh).toContain(one.session.request.value!.number)
    await expect(one.space().relay()).rejects.toMatchObject({ code: 'phone_waits' })
    expect(server.chain).toEqual([])
  })

  it('keeps key and number through restarts, without network and after a sign-out', async () => {
    const store = new Store()
    let one = await waiting(store)
    const { dev } = await key(one)
    const { number } = one.session.request.value!
    server.mischief = () => Promise.reject(new TypeError('no network'))
    for (let start = 0; start < 3; start++) {
      one.close()
      one = phone(server, { store })
      await one.session.restore()
      await one.session.enrol()
      expect(one.session.enrolment.value).toBe('waiting')
      expect(one.session.request.value!.number).toBe(number)
    }
    server.mischief = null
    expect(await one.session.signOut()).toBe('done')
    expect(one.session.request.value).toBeNull()
    await one.session.signIn('zhang', 'right')
    expect(one.session.request.value!.number).toBe(number)
    expect((await key(one)).dev).toBe(dev)
    expect(server.requests.size).toBe(1)
  })

  it('begins its chain with the record that names who approved, after however long', async () => {
    const store = new Store()
    let one = await waiting(store)
    await server.approve()
    one.close()
    one = phone(server, { store })
    await one.session.restore()
    await one.session.enrol()
    expect(one.session.enrolment.value).toBe('enrolled')
    expect(one.session.request.value).toBeNull()
    expect(one.session.device.value).toBe((await key(one)).dev)
    await one.sync()
    await one.record(note('a'))
    await one.sync()
    expect(server.chain.filter((event) => !event.t.startsWith('sync_')).map((event) => event.t)).toEqual(['enrolled', 'app_started', 'noted'])
    const { key_record } = server.chain[0]!.body as { key_record: Parameters<typeof payloadOf>[0] }
    expect(payloadOf(key_record)).toMatchObject({ approved_by: 'P-0004' })
    expect(await one.space().db.meta('request')).toBeUndefined()
  })

  it('asks how it stands and not anew, unless the server has lost it', async () => {
    const one = await waiting()
    await one.session.enrol()
    await one.session.enrol()
    expect(server.count('/devices')).toBe(2)
    expect(server.count('/enrolments/')).toBe(2)
    server.requests.clear()
    await one.session.enrol()
    expect(one.session.enrolment.value).toBe('waiting')
    expect(server.requests.size).toBe(1)
  })

  it('goes on waiting when the answer is lost', async () => {
    const one = await waiting()
    await server.approve()
    server.mischief = async (call, normally) => {
      if (!call.path.startsWith('/enrolments/')) return normally()
      await normally()
      throw new TypeError('cut off')
    }
    await one.session.enrol()
    expect(one.session.enrolment.value).toBe('waiting')
    server.mischief = null
    await one.session.enrol()
    expect(one.session.enrolment.value).toBe('enrolled')
  })

  it('does not believe an approval that the server did not sign', async () => {
    const one = await waiting()
    const other = await FakeServer.start(technician('P-0001'))
    const { dev, spki } = await key(one)
    const record = { alg: 'p256', approved_by: 'P-0004', dev, person: 'P-0001', spki, ts: server.now, v: 1 }
    const forged = await other.sign('application/vnd.daochang.key.v1+json', record)
    server.requests.set(dev, { ...server.requests.get(dev)!, standing: 'approved', key_record: forged })
    await one.session.enrol()
    expect(one.session.enrolment.value).toBe('waiting')
    expect(await one.space().db.meta('key_record')).toBeUndefined()
    await server.approve()
    await one.session.enrol()
    expect(one.session.enrolment.value).toBe('enrolled')
  })
})

describe('a phone that was not approved', () => {
  it.each(['refused', 'expired', 'revoked'] as const)('%s: says so, asks no more by itself, and asks anew with another key on a tap', async (standing) => {
    const store = new Store()
    let one = await waiting(store)
    const old = await key(one)
    server.close(standing, standing === 'refused' ? '没见过这部手机' : null)
    await one.session.enrol()
    expect(one.session.enrolment.value).toBe('closed')
    expect(one.session.request.value!.told).toMatchObject({ standing, refusal: standing === 'refused' ? '没见过这部手机' : null })
    await expect(one.record(note('a'))).rejects.toMatchObject({ code: 'phone_not_approved' })
    const asked = server.calls.length
    one.close()
    one = phone(server, { store })
    await one.session.restore()
    await one.session.enrol()
    expect(one.session.enrolment.value).toBe('closed')
    expect(server.calls.slice(asked).filter((call) => /devices|enrolments/.test(call.path))).toEqual([])
    expect((await key(one)).dev).toBe(old.dev)
    await one.session.enrolAnew()
    expect(one.session.enrolment.value).toBe('waiting')
    expect((await key(one)).dev).not.toBe(old.dev)
    await server.approve()
    await one.session.enrol()
    expect(one.session.enrolment.value).toBe('enrolled')
  })
})
