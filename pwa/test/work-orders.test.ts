import { beforeEach, describe, expect, it } from 'vitest'
import { phone, wipe, type Phone } from './support/phone'
import { rawRules, rules } from './support/rules'
import { FakeServer, problem, technician } from './support/server'
import { policies, POLICY, site, terminal, WO, workOrder } from './support/work-order'

let server: FakeServer
let one: Phone

const view = async () => {
  await one.space().workOrders.refresh()
  return one.views.value.find((entry) => entry.doc.id === WO)
}

beforeEach(async () => {
  wipe()
  server = await FakeServer.start(technician('P-0001'))
  server.kit = { ...server.kit, policies, terminals: [terminal], sites: [site] }
  server.changes = [{ n: 1, work_order: workOrder() }]
  one = phone(server)
  await one.session.signIn('zhang', 'right')
  await one.sync()
})

describe('what the list shows', () => {
  it('is folded from the phone’s own facts before the server has heard of them', async () => {
    expect((await view())?.judgement.stage.name).toBe('reported')
    await one.record({ t: 'responded', body: { how: 'accepted' }, wo: WO })
    await one.record({ t: 'set_out', body: {}, wo: WO })
    const shown = await view()
    expect(shown?.judgement.stage.name).toBe('under_way')
    expect(shown?.doc.responses).toHaveLength(1)
    expect(shown?.unsent).toBe(2)
    expect(shown?.terminal.name).toBe('福田 1 号')
  })

  it('cannot tell the time of a fact no receipt covers, however early the phone’s clock says it was', async () => {
    await one.record({ t: 'responded', body: { how: 'accepted' }, wo: WO })
    const clock = (await view())?.judgement.clocks.find((entry) => entry.kind === 'response')
    expect(clock?.verdict).toBe('cannot_tell')
  })

  it('does not fold an own fact twice once the server’s fold contains it', async () => {
    const { seq } = await one.record({ t: 'responded', body: { how: 'accepted' }, wo: WO })
    const mine = (await view())!.doc
    expect(mine.heads[one.session.device.value!]).toBe(seq)
    server.changes = [{ n: 2, work_order: mine }]
    await one.sync()
    expect((await view())?.doc.responses).toHaveLength(1)
    expect((await view())?.unsent).toBe(0)
  })

  it('takes back what the server refused, and says why', async () => {
    server.refuses = (event) => event.t === 'set_out'
    await one.record({ t: 'responded', body: { how: 'accepted' }, wo: WO })
    await one.record({ t: 'set_out', body: {}, wo: WO })
    await one.sync()
    const shown = await view()
    expect(shown?.doc.set_outs).toHaveLength(0)
    expect(shown?.refused).toMatchObject([{ t: 'set_out', reason: { code: 'desk_says_no' } }])
  })

  it('counts the photos that have arrived', async () => {
    const bytes = new TextEncoder().encode('not really a picture').buffer
    const sha256 = Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex')
    const body = { sha256, size: bytes.byteLength, width: 1, height: 1, slot: 'before', source: 'camera', exif: null } as const
    await one.record({ t: 'photo_taken', body, wo: WO, photo: { sha256, bytes, type: 'image/jpeg' } })
    expect((await view())?.photos).toEqual({ sent: 0, total: 1 })
    server.mischief = (call) => (call.path.startsWith('/evidence') ? problem(503, 'full') : undefined)
    await one.sync()
    expect((await view())?.photos).toEqual({ sent: 0, total: 1 })
    server.mischief = null
    await one.sync()
    expect((await view())?.photos).toEqual({ sent: 1, total: 1 })
  })

  it('asks for newer registers when a work order follows a policy that is not here', async () => {
    server.changes = [{ n: 2, work_order: workOrder(WO, { policy: '55'.repeat(32) }) }]
    await one.sync()
    expect(await view()).toBeUndefined()
    server.calls.length = 0
    await one.sync()
    expect(server.count('/kit')).toBe(1)
  })
})

describe('the rules', () => {
  it('give a policy the name the server gives it', async () => {
    expect(await rules().call('digest_of', { value: policies[0]!.policy })).toBe(POLICY)
  })

  it('answer a fault of the program with a refusal, and go on', async () => {
    const domain = rules()
    await expect(domain.call('apply', {} as never)).rejects.toMatchObject({ code: 'malformed_request' })
    expect((await domain.call('faults', {})).length).toBeGreaterThan(14)
  })

  it('give back the memory of every question', async () => {
    const { ask, size } = await rawRules()
    const question = JSON.stringify({ fn: 'digest_of', args: { value: 'x'.repeat(200_000) } })
    for (let at = 0; at < 5; at++) ask(question)
    const before = size()
    for (let at = 0; at < 50; at++) ask(question)
    expect(size()).toBe(before)
  })

  it('can be asked at once only when they are loaded', async () => {
    const domain = rules()
    expect(() => domain.callNow('faults', {})).toThrow(expect.objectContaining({ code: 'rules_not_loaded' }))
    await domain.ready()
    expect(domain.callNow('read_code', { text: `https://x/t/${terminal.id}` })).toMatchObject({ form: 'plain', terminal: terminal.id })
  })
})
