import { describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import { createApi } from '../src/api/client'
import { Problem } from '../src/api/problem'
import type { Wire } from '../src/api/request'
import { messagesIn } from '../src/api/stream'
import { createPrefs } from '../src/app/prefs'
import { createClock } from '../src/app/time'
import { createUpdate } from '../src/app/update'
import type { Person } from '../src/api/types'
import { browserSafe } from '../src/session/safe'
import { createTokens, type Grant, type Tokens } from '../src/session/token'
import { labelOf } from '../src/session/label'
import { fromBase64, toBase64 } from '../src/shared/lib/bytes'
import { lang, messages, t } from '../src/shared/i18n'
import { words } from '../src/shared/lib/words'
import { delayAfter } from '../src/sync/backoff'
import { exportUnsent } from '../src/sync/export'
import { phone, Store, wipe } from './support/phone'
import { FakeServer, technician } from './support/server'
import { policies, site, terminal, WO, workOrder } from './support/work-order'

const wire = (answer: (init: RequestInit) => Promise<Response> | Response, change: Partial<Wire> = {}): Wire => ({
  fetch: async (_input, init = {}) => answer(init),
  ...{ token: () => 'tok', lang: () => 'en', onSignedOut: () => undefined, onServerTime: () => undefined, now: () => 0 },
  ...change,
})

describe('a request', () => {
  it('says who asks and in which language', async () => {
    let headers = new Headers()
    await createApi(wire((init) => ((headers = new Headers(init.headers)), new Response('[]')))).devices.list()
    expect(headers.get('Authorization')).toBe('Bearer tok')
    expect(headers.get('Accept-Language')).toBe('en')
  })

  it('turns the server’s problem into ours, with the time to wait', async () => {
    const body = JSON.stringify({ title: '太忙', status: 429, code: 'busy', detail: '请稍候' })
    const api = createApi(wire(() => new Response(body, { status: 429, headers: { 'Retry-After': '7' } })))
    await expect(api.session.find()).rejects.toMatchObject({ status: 429, code: 'busy', detail: '请稍候', retryAfter: 7, isPassing: true })
  })

  it('survives an answer of somebody in between', async () => {
    const api = createApi(wire(() => new Response('<html>502</html>', { status: 502, statusText: 'Bad Gateway' })))
    await expect(api.session.find()).rejects.toMatchObject({ status: 502, code: 'http_502', title: 'Bad Gateway' })
  })

  it('is given up when time is over', async () => {
    vi.useFakeTimers()
    const hang = (init: RequestInit): Promise<Response> =>
      new Promise((_, reject) => init.signal?.addEventListener('abort', () => reject(new DOMException('x', 'AbortError'))))
    const asked = createApi(wire(hang)).sync.changes(null, 10, { timeout: 5_000 }).catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await asked).toMatchObject({ status: 0, code: 'timeout' })
    vi.useRealTimers()
  })

  it.each([
    ['an expired token', (api: ReturnType<typeof createApi>) => api.session.find(), ['tok']],
    ['a wrong password, which is no expired session', (api: ReturnType<typeof createApi>) => api.session.create('a', 'b'), []],
  ])('reports %s', async (_name, ask, expected) => {
    const told: string[] = []
    const api = createApi(wire(() => new Response('', { status: 401 }), { onSignedOut: (token) => told.push(token) }))
    await expect(ask(api)).rejects.toBeInstanceOf(Problem)
    expect(told).toEqual(expected)
  })
})

describe('the stream', () => {
  it.each([
    ['a whole message', 'event: changed\ndata: {"cursor":"5"}\n\n', [{ event: 'changed', data: '{"cursor":"5"}' }], ''],
    ['a ping', ': ping\n\n', [], ''],
    ['half a message', 'event: chan', [], 'event: chan'],
    ['foreign line ends', 'event: changed\r\ndata: 1\r\n\r\n', [{ event: 'changed', data: '1' }], ''],
    ['two at once', 'data: 1\n\ndata: 2\n\nda', [{ event: 'message', data: '1' }, { event: 'message', data: '2' }], 'da'],
  ])('understands %s', (_name, text, events, rest) => {
    expect(messagesIn(text)).toEqual({ events, rest })
  })
})

describe('clocks', () => {
  it('believe the quickest answer about the server’s time', () => {
    let wall = 1_000_000
    let mono = 0
    const clock = createClock(() => wall, () => mono)
    clock.learn(1_060_000, 100)
    expect(clock.serverNow()).toBe(1_060_100)
    clock.learn(1_090_000, 5_000)
    expect(clock.offset.value).toBe(60_100)
    wall += 11 * 60_000
    mono += 11 * 60_000
    clock.learn(wall + 90_000, 5_000)
    expect(clock.offset.value).toBe(95_000)
  })

  it.each([
    [0, 0.5, null, 300_000],
    [1, 0.5, null, 30_000],
    [2, 0.5, null, 60_000],
    [9, 0.5, null, 300_000],
    [1, 0, null, 24_000],
    [1, 0.999, 600, 600_000],
  ])('back off: %i failures, %f, asked for %s s → %i ms', (failures, random, after, expected) => {
    expect(delayAfter(failures, random, after)).toBe(expected)
  })
})

/** A service worker container that does what it is told. */
function fakeWorkers() {
  const target = () => {
    const handlers = new Map<string, ((event: unknown) => void)[]>()
    return {
      sent: [] as unknown[],
      addEventListener: (name: string, handler: (event: unknown) => void) => void handlers.set(name, [...(handlers.get(name) ?? []), handler]),
      say: (name: string, event: unknown = {}) => handlers.get(name)?.forEach((handler) => handler(event)),
      postMessage(message: unknown) {
        this.sent.push(message)
      },
    }
  }
  const fresh = Object.assign(target(), { state: 'installing' })
  const registration = Object.assign(target(), {
    ...{ installing: null as unknown, waiting: null as unknown, active: target(), update: async () => undefined },
  })
  const container = Object.assign(target(), { controller: {} as unknown, register: vi.fn(async () => registration) })
  return { fresh, registration, container }
}

describe('a new version', () => {
  const begin = async () => {
    const fake = fakeWorkers()
    const reload = vi.fn()
    const update = createUpdate({ workers: fake.container as never, url: '/service-worker.js', reload })
    await update.begin()
    const arrive = (): void => {
      fake.registration.installing = fake.fresh
      fake.registration.say('updatefound')
      Object.assign(fake.registration, { installing: null, waiting: fake.fresh })
      fake.fresh.state = 'installed'
      fake.fresh.say('statechange')
    }
    return { ...fake, reload, update, arrive }
  }

  it('waits until the person says so', async () => {
    const { update, arrive, fresh, container, reload } = await begin()
    expect(update.ready.value).toBe(false)
    arrive()
    expect(update.ready.value).toBe(true)
    container.say('controllerchange')
    expect(reload).not.toHaveBeenCalled()
    await update.apply()
    expect(fresh.sent).toEqual(['activate-now'])
    container.say('controllerchange')
    expect(reload).toHaveBeenCalledTimes(1)
  })

  it('is none on the very first visit', async () => {
    const { update, arrive, container } = await begin()
    container.controller = null
    arrive()
    expect(update.ready.value).toBe(false)
  })

  it('looks past the browser’s own cache and shows how much is there offline', async () => {
    const { container, update } = await begin()
    expect(container.register).toHaveBeenCalledWith('/service-worker.js', { scope: '/', updateViaCache: 'none' })
    container.say('message', { data: { kind: 'kit', done: 3, total: 4 } })
    expect(update.offline.value).toBe(0.75)
  })

  it('leaves the outbox alone', async () => {
    wipe()
    const server = await FakeServer.start(technician('P-0001'))
    server.kit = { ...server.kit, policies, terminals: [terminal], sites: [site] }
    server.changes = [{ n: 1, work_order: workOrder() }]
    const store = new Store()
    const old = phone(server, { store })
    await old.session.signIn('zhang', 'right')
    await old.sync()
    await old.record({ t: 'noted', body: { text: 'before the update' }, wo: WO })
    old.close()
    const fresh = phone(server, { store })
    await fresh.session.restore()
    expect(await fresh.sync()).toMatchObject({ unsent: 0, problem: null })
    expect(server.chain.filter((event) => event.t === 'noted')).toHaveLength(1)
    const sids = new Set(server.chain.filter((event) => event.t === 'app_started').map((event) => event.sid))
    expect(sids.size).toBe(2)
  })
})

describe('small things', () => {
  it('the export holds every unsent byte and nothing that arrived', async () => {
    wipe()
    const server = await FakeServer.start(technician('P-0001'))
    server.kit = { ...server.kit, policies, terminals: [terminal], sites: [site] }
    server.changes = [{ n: 1, work_order: workOrder() }]
    const one = phone(server)
    await one.session.signIn('zhang', 'right')
    await one.sync()
    const arrived = await one.record({ t: 'noted', body: { text: 'arrived' }, wo: WO })
    await one.sync()
    const bytes = new Uint8Array(70_000).map((_, at) => at % 256)
    const sha256 = Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex')
    const body = { sha256, size: bytes.length, width: 1, height: 1, slot: 'plate', source: 'camera', exif: null } as const
    await one.record({ t: 'photo_taken', body, wo: WO, photo: { sha256, bytes: bytes.slice().buffer, type: 'image/jpeg' } })
    const file = JSON.parse(await (await exportUnsent(one.space().db, 'P-0001', 5)).text()) as {
      format: string
      dev: string
      events: { id: string; envelope: unknown }[]
      photos: { sha256: string; base64: string }[]
    }
    expect(file).toMatchObject({ format: 'daochang.unsent.v1', person: 'P-0001', dev: one.session.device.value, exported_at: 5 })
    expect(file.events.map((event) => event.id)).not.toContain(arrived.id)
    expect(file.events.at(-1)).toMatchObject({ t: 'photo_taken' })
    expect(file.photos).toHaveLength(1)
    expect(Buffer.from(file.photos[0]!.base64, 'base64').equals(Buffer.from(bytes))).toBe(true)
  })

  it('base64 is the same as everybody’s, at every length around a piece', () => {
    for (const length of [0, 1, 2, 3, 24_575, 24_576, 24_577, 50_000]) {
      const bytes = new Uint8Array(length).map((_, at) => (at * 7) % 256)
      expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'))
      expect(fromBase64(toBase64(bytes))).toEqual(bytes)
    }
  })

  it('texts follow the language at once, and unknown names stay visible', () => {
    const say = messages({ zh: { hello: '你好，{name}' }, en: { hello: 'Hello {name}' } })
    lang.value = 'zh'
    expect(say('hello', { name: '张三' })).toBe('你好，张三')
    lang.value = 'en'
    expect(say('hello')).toBe('Hello {name}')
    expect(t('storage.full')).toContain('full')
    lang.value = 'zh'
  })

  it('preferences survive and mark the page', async () => {
    const store = new Store()
    const root = { lang: '', dataset: {} as Record<string, string | undefined> }
    const prefs = createPrefs(store, root)
    prefs.large.value = true
    prefs.theme.value = 'strong'
    await nextTick()
    expect(root).toEqual({ lang: 'zh-CN', dataset: { theme: 'strong', large: 'true' } })
    expect(createPrefs(store, root).theme.value).toBe('strong')
    store.setItem('daochang.prefs', 'broken')
    expect(createPrefs(store, root).large.value).toBe(false)
    store.setItem('daochang.prefs', 'null')
    expect(createPrefs(store, root).theme.value).toBe('light')
  })

  it('a refused token is forgotten, the person is not, and another’s stays', async () => {
    const tokens = createTokens(new Store(), browserSafe, () => undefined)
    await tokens.keep({ person: technician('P-1'), token: 'one', expires_at: 9 })
    tokens.drop('an older one')
    expect(tokens.current()?.token).toBe('one')
    tokens.drop('one')
    expect(tokens.current()).toMatchObject({ token: null, person: { id: 'P-1' } })
    await tokens.forget('P-1')
    expect(tokens.current()).toBeNull()
  })

  describe('a sign-in after a loss of power, when what the browser wrote late is', () => {
    const signedIn = (token: string | null, expires_at: number, id = 'P-1') => ({ person: technician(id), token, expires_at })
    const after = async (happened: (tokens: Tokens) => Promise<void>, late: Grant | null) => {
      wipe()
      await happened(createTokens(new Store(), browserSafe, () => undefined))
      const store = new Store()
      if (late) {
        store.setItem('daochang.person', late.person.id)
        store.setItem(`daochang.session.${late.person.id}`, JSON.stringify(late))
      }
      const tokens = createTokens(store, browserSafe, () => undefined)
      await tokens.recover()
      return tokens.current()
    }
    const keep = (grant: { person: Person; token: string; expires_at: number }) => (tokens: Tokens) => tokens.keep(grant)
    const nothing = async (): Promise<void> => undefined
    const out = async (tokens: Tokens): Promise<void> => {
      await tokens.keep({ ...signedIn('new', 9), token: 'new' })
      await tokens.forget('P-1')
    }
    const fresh = { ...signedIn('new', 9), token: 'new' }

    it.each<[string, (tokens: Tokens) => Promise<void>, Grant | null, Grant | null]>([
      ['nothing: it is there', keep(fresh), null, fresh],
      ['the token of before: the new one counts', keep(fresh), signedIn('old', 8), fresh],
      ['that the server refused it: it stays refused', keep(fresh), signedIn(null, 9), signedIn(null, 9)],
      ['somebody else: who signed in last uses the phone', keep(fresh), signedIn('other', 10, 'P-2'), fresh],
      ['a sign-in, and a sign-out came after it: nobody uses the phone', out, fresh, null],
      ['of a version that kept no second copy: it stays', nothing, fresh, fresh],
    ])('%s', async (_name, happened, late, expected) => {
      expect(await after(happened, late)).toEqual(expected)
    })
  })

  it('every error has words in both languages', () => {
    const errors = [Problem.unreachable('network'), new Problem({ title: 'x', status: 503 }), new Error('boom'), 'text']
    for (const error of errors) expect(words(error)).toMatchObject({ zh: expect.stringMatching(/\S/), en: expect.stringMatching(/\S/) })
    expect(words(new Error('boom')).zh).toContain('boom')
  })

  it.each([
    ['Mozilla/5.0 (Linux; Android 14; HUAWEI P60) AppleWebKit/537.36', 'Android 14  HUAWEI P60'],
    ['curl', 'phone'],
  ])('%s is called %s', (agent, label) => {
    expect(labelOf(agent)).toBe(label)
  })
})
