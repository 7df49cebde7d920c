import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createApi } from '../src/api/client'

interface Description {
  paths: Record<string, Record<string, unknown>>
}

const description = JSON.parse(readFileSync(new URL('../../openapi/openapi.json', import.meta.url), 'utf8')) as Description

const SHA = 'ab'.repeat(32)
const nothing = new ArrayBuffer(0)
const envelope = { payloadType: '', payload: '', signatures: [] }

/** Calls one function and says what went over the wire. */
async function wireOf(call: (api: ReturnType<typeof createApi>) => Promise<unknown>): Promise<string> {
  let seen = ''
  const api = createApi({
    fetch: async (input, init) => {
      seen = `${(init?.method ?? 'GET').toLowerCase()} ${String(input).replace('/api/v1', '').replace(/\?.*/, '')}`
      return new Response('{}')
    },
    ...{ token: () => null, lang: () => 'zh', onSignedOut: () => undefined, onServerTime: () => undefined, now: () => 0 },
  })
  await call(api)
  return seen
}

describe('every call stands in the description of the interface', () => {
  it.each<[string, (api: ReturnType<typeof createApi>) => Promise<unknown>]>([
    ['post /session', (api) => api.session.create('a', 'b')],
    ['get /session', (api) => api.session.find()],
    ['delete /session', (api) => api.session.remove()],
    ['post /devices/challenge', (api) => api.devices.challenge()],
    ['post /devices', (api) => api.devices.create({ spki: '', challenge: '', sig: '', label: '' })],
    ['get /devices', (api) => api.devices.list()],
    ['post /devices/{dev}/revocation', (api) => api.devices.revoke('d1', 'lost')],
    ['get /enrolments', (api) => api.enrolments.list()],
    ['get /enrolments/{dev}', (api) => api.enrolments.find('d1')],
    ['post /enrolments/{dev}/approval', (api) => api.enrolments.approve('d1', '12345678')],
    ['post /enrolments/{dev}/refusal', (api) => api.enrolments.refuse('d1', 'why')],
    ['get /kit', (api) => api.kit('"1"')],
    ['post /sync/head', (api) => api.sync.head(envelope)],
    ['post /sync/events', (api) => api.sync.events([envelope], {})],
    ['get /sync/changes', (api) => api.sync.changes('1', 10)],
    ['get /sync/quarantine', (api) => api.sync.quarantine()],
    ['get /sync/stream', (api) => api.sync.stream(() => undefined, new AbortController().signal)],
    ['head /evidence/{sha256}', (api) => api.evidence.holding(SHA)],
    ['put /evidence/{sha256}', (api) => api.evidence.put(SHA, nothing)],
    ['patch /evidence/{sha256}', (api) => api.evidence.patch(SHA, { bytes: nothing, offset: 0, last: true })],
    ['get /work-orders', (api) => api.workOrders.list({ state: 'open' })],
    ['get /work-orders/{id}', (api) => api.workOrders.find('WO-1')],
    ['post /work-orders/{id}/assignment', (api) => api.workOrders.assign('WO-1', 'P-1', null)],
    ['get /people', (api) => api.people.list('technician')],
    ['post /reports', (api) => api.reports.create({} as never, 'key')],
  ])('%s', async (described, call) => {
    const [method = '', path = ''] = described.split(' ')
    expect(Object.keys(description.paths[path] ?? {})).toContain(method)
    const pattern = new RegExp(`^${described.replace(/\{\w+\}/g, '[\\w-]+')}$`)
    expect(await wireOf(call)).toMatch(pattern)
  })
})
