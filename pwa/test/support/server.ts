/**
 * A server in a few hundred lines: it signs, chains and stores like the real one, and can be told
 * to misbehave. It knows nothing of the phone's code, only the wire.
 */
import { createHash } from 'node:crypto'
import type { Envelope, EventPayload, WorkOrder } from '../../src/domain/types'
import type { EnrolmentRequest, Kit, Outcome, Person } from '../../src/api/types'

const RECEIPT = 'application/vnd.daochang.receipt.v1+json'
const KEY = 'application/vnd.daochang.key.v1+json'
const KEY_CHANGE = 'application/vnd.daochang.key-change.v1+json'

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')
const pae = (type: string, payload: string): Buffer<ArrayBuffer> =>
  Buffer.from(`DSSEv1 ${type.length} ${type} ${Buffer.byteLength(payload)} ${payload}`)

export const payloadOf = (envelope: Envelope): EventPayload =>
  JSON.parse(Buffer.from(envelope.payload, 'base64').toString()) as EventPayload
export const idOf = (envelope: Envelope): string =>
  sha256(pae(envelope.payloadType, Buffer.from(envelope.payload, 'base64').toString()))

/** Members in order; enough for receipts and key records, which are flat. */
const canonical = (value: Record<string, unknown>): string =>
  JSON.stringify(Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))))

export interface Call {
  method: string
  path: string
  body: unknown
  headers: Headers
}

/** Says what happens to a call instead of, or after, the normal course. */
export type Mischief = (call: Call, normally: () => Promise<Response>) => Promise<Response> | Response | undefined

const makeKeys = async (): Promise<CryptoKeyPair> => (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair
const spkiOf = async (keys: CryptoKeyPair): Promise<string> => Buffer.from(await crypto.subtle.exportKey('spki', keys.publicKey)).toString('base64')

const json = (value: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(value), { status, headers: { 'Content-Type': 'application/json', ...headers } })

export const problem = (status: number, code: string, headers: Record<string, string> = {}): Response =>
  json({ title: code, status, code, detail: `${code} happened` }, status, headers)

export const technician = (id: string): Person => ({
  ...{ id, name: '张三', role: 'technician', org: 'O-1', org_name: '运维一队', district: null, phone: '13800000000' },
})

export class FakeServer {
  now = 1_790_000_000_000
  readonly calls: Call[] = []
  readonly chains = new Map<string, Envelope[]>()
  readonly devices = new Map<string, string>()
  readonly photos = new Map<string, { bytes: Uint8Array; whole: boolean }>()
  readonly sidecars = new Map<string, unknown>()
  readonly quarantine: string[] = []
  changes: { n: number; work_order: WorkOrder }[] = []
  kit: Kit = { server_key: '', policies: [], calendar: {}, terminals: [], sites: [], contacts: [], hotline: '12345', etag: '"1"' }
  tokens = new Set<string>()
  mischief: Mischief | null = null
  /** Facts that the rules of the desk refuse. */
  refuses: (event: EventPayload) => boolean = () => false
  refusal = 'desk_says_no'
  /** Somebody in charge has to approve the phones that ask. */
  needsApproval = false
  readonly requests = new Map<string, EnrolmentRequest>()
  private keys!: CryptoKeyPair

  static async start(person: Person): Promise<FakeServer> {
    const server = new FakeServer(person)
    server.keys = await makeKeys()
    server.kit.server_key = await spkiOf(server.keys)
    return server
  }

  private constructor(readonly person: Person) {}

  async sign(type: string, value: Record<string, unknown>, keys = this.keys): Promise<Envelope> {
    const payload = canonical(value)
    const sig = await crypto.subtle.sign('Ed25519', keys.privateKey, pae(type, payload))
    const text = Buffer.from(payload).toString('base64')
    return { payloadType: type, payload: text, signatures: [{ keyid: 'server', sig: Buffer.from(sig).toString('base64') }] }
  }

  /** Another key signs from now on; the kit says so. Returns the old one. */
  async changeKey(signers: 'both' | 'new' = 'both'): Promise<CryptoKeyPair> {
    const [old, next] = [this.keys, await makeKeys()]
    const known = this.kit.key_changes ?? []
    const index = known.length + 1
    const change = { from: this.now, index, kind: 'server', leaf: index, new: await spkiOf(next), old: await spkiOf(old), v: 1 }
    const byNew = await this.sign(KEY_CHANGE, change, next)
    const byOld = await this.sign(KEY_CHANGE, change, signers === 'both' ? old : next)
    const statement = { ...byOld, signatures: [...byOld.signatures, ...byNew.signatures] }
    this.keys = next
    this.kit = { ...this.kit, key_changes: [...known, statement], etag: `"key ${index}"` }
    return old
  }

  receipt(dev: string, head: string, head_seq: number, nonce: string | null, keys = this.keys): Promise<Envelope> {
    return this.sign(RECEIPT, { cp: null, dev, head, head_seq, leaf: 0, nonce, ts: this.now, v: 1, via: 'sync' }, keys)
  }

  /** The only phone's chain, as the server has it. */
  get chain(): EventPayload[] {
    return [...this.chains.values()][0]?.map(payloadOf) ?? []
  }

  count(path: string): number {
    return this.calls.filter((call) => call.path.startsWith(path)).length
  }

  readonly fetch: typeof fetch = async (input, init = {}) => {
    const url = new URL(String(input), 'http://server')
    const bytes = init.body instanceof ArrayBuffer ? new Uint8Array(init.body) : init.body
    const body = typeof bytes === 'string' ? (JSON.parse(bytes) as unknown) : bytes
    const call = { method: init.method ?? 'GET', path: url.pathname.replace('/api/v1', '') + url.search, body, headers: new Headers(init.headers) }
    this.calls.push(call)
    const response = (await this.mischief?.(call, () => this.answer(call))) ?? (await this.answer(call))
    if (init.signal?.aborted) throw new DOMException('aborted', 'AbortError')
    return response
  }

  private async answer(call: Call): Promise<Response> {
    const { method, path } = call
    const body = call.body as never
    if (path === '/session' && method === 'POST') return this.signIn(body)
    const token = call.headers.get('Authorization')?.replace('Bearer ', '') ?? ''
    if (!this.tokens.has(token)) return problem(401, 'signed_out')
    if (path === '/session' && method === 'DELETE') return new Response(null, { status: 204 })
    if (path === '/kit') return call.headers.get('If-None-Match') === this.kit.etag ? new Response(null, { status: 304 }) : json(this.kit)
    if (path === '/devices/challenge') return json({ challenge: 'ab'.repeat(32) })
    if (path === '/devices') return this.enrol(body)
    if (path.startsWith('/enrolments/')) return this.request(path.slice('/enrolments/'.length))
    if (path === '/sync/head') return this.head(body)
    if (path === '/sync/events') return this.events(body)
    if (path.startsWith('/sync/changes')) return json({ changes: this.changes, cursor: 'c1', more: false, server_time: this.now })
    if (path.startsWith('/evidence/')) return this.evidence(call)
    return problem(404, 'not_found')
  }

  private signIn({ password }: { password: string }): Response {
    if (password !== 'right') return problem(401, 'wrong_password')
    const token = `token-${this.tokens.size + 1}`
    this.tokens.add(token)
    return json({ token, expires_at: this.now + 86_400_000, person: this.person })
  }

  private async enrol({ spki, sig, challenge }: { spki: string; sig: string; challenge: string }): Promise<Response> {
    const der = Buffer.from(spki, 'base64')
    const key = await crypto.subtle.importKey('spki', der, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify'])
    const rule = { name: 'ECDSA', hash: 'SHA-256' }
    const isGenuine = await crypto.subtle.verify(rule, key, Buffer.from(sig, 'base64'), Buffer.from(challenge, 'hex'))
    if (!isGenuine) return problem(422, 'bad_signature')
    const dev = sha256(der).slice(0, 32)
    if (this.needsApproval && !this.devices.has(dev)) return this.wait(dev, spki)
    this.devices.set(dev, spki)
    const record = { alg: 'p256', dev, person: this.person.id, spki, ts: this.now, v: 1 }
    return json({ key_record: await this.sign(KEY, record) })
  }

  private wait(dev: string, spki: string): Response {
    const why = { code: 'another_phone_in_use', zh: '已有在用的手机', en: 'Another phone is in use' }
    const nobody = { answered_at: null, answered_by_name: null, refusal: null, key_record: null, approvers: [], may_answer: false }
    const salt = sha256(String(this.requests.size)).slice(0, 32)
    const times = { asked_at: this.now, expires_at: this.now + 72 * 3_600_000 }
    const request: EnrolmentRequest = this.requests.get(dev) ?? {
      ...{ dev, person: this.person.id, person_name: this.person.name, label: 'test', why, spki, salt, standing: 'waiting' as const },
      ...times,
      ...nobody,
    }
    this.requests.set(dev, request)
    return json(request, 202)
  }

  private request(dev: string): Response {
    const request = this.requests.get(dev)
    return request ? json(request) : problem(404, 'not_found')
  }

  /** Somebody in charge approves the phone that asked last. */
  async approve(): Promise<void> {
    const request = [...this.requests.values()].at(-1)!
    const { dev, spki } = request
    this.devices.set(dev, spki)
    const record = { alg: 'p256', approved_by: 'P-0004', dev, person: this.person.id, spki, ts: this.now, v: 1 }
    this.requests.set(dev, { ...request, standing: 'approved', answered_by_name: '周敏', key_record: await this.sign(KEY, record) })
  }

  /** Nobody approves the phone that asked last. */
  close(standing: 'refused' | 'expired' | 'revoked', refusal: string | null = null): void {
    const request = [...this.requests.values()].at(-1)!
    this.requests.set(request.dev, { ...request, standing, refusal, answered_by_name: refusal && '周敏' })
  }

  private async head({ envelope }: { envelope: Envelope }): Promise<Response> {
    const event = payloadOf(envelope)
    const { nonce } = event.body as { nonce: string }
    return json({ receipt: await this.receipt(event.dev, idOf(envelope), event.seq, nonce) })
  }

  private async events({ events, sidecars }: { events: Envelope[]; sidecars: Record<string, unknown> }): Promise<Response> {
    for (const [c, sidecar] of Object.entries(sidecars)) this.sidecars.set(c, sidecar)
    const outcomes: Outcome[] = []
    let dev = ''
    for (const envelope of events) {
      dev = payloadOf(envelope).dev
      outcomes.push(this.take(envelope))
    }
    const chain = this.chains.get(dev) ?? []
    const last = chain.at(-1)
    const receipt = last ? await this.receipt(dev, idOf(last), chain.length, null) : null
    return json({ receipt, outcomes, expected_seq: chain.length + 1 })
  }

  private take(envelope: Envelope): Outcome {
    const event = payloadOf(envelope)
    const id = idOf(envelope)
    const chain = this.chains.get(event.dev) ?? []
    this.chains.set(event.dev, chain)
    const outcome = (status: Outcome['status'], code?: string): Outcome => ({
      ...{ id, seq: event.seq, status },
      problem: code ? { code, zh: '不行', en: 'no' } : null,
    })
    if (event.seq > chain.length + 1) return outcome('gap')
    const there = chain[event.seq - 1]
    if (there) return idOf(there) === id ? outcome('duplicate') : outcome('quarantined', 'fork')
    const prev = chain.at(-1)
    if (event.prev !== (prev ? idOf(prev) : '0'.repeat(64))) return outcome('quarantined', 'broken_chain')
    chain.push(envelope)
    if (!this.refuses(event)) return outcome('accepted')
    this.quarantine.push(id)
    return outcome('quarantined', this.refusal)
  }

  private evidence({ method, path, body, headers }: Call): Response {
    const name = path.slice('/evidence/'.length)
    const held = this.photos.get(name)
    if (method === 'HEAD') {
      if (!held) return new Response(null, { status: 404 })
      if (held.whole) return new Response(null, { status: 200 })
      return new Response(null, { status: 204, headers: { 'Upload-Offset': String(held.bytes.length) } })
    }
    if (headers.get('Content-Type') !== 'application/octet-stream') return problem(415, 'unsupported_media')
    if (held?.whole) return this.stored(name, held.bytes)
    const whole = method === 'PUT' || headers.get('Upload-Complete') === '?1'
    const before = method === 'PUT' ? new Uint8Array() : (held?.bytes ?? new Uint8Array())
    const kept = (offset: number): Response => new Response('', { status: 202, headers: { 'Upload-Offset': String(offset) } })
    if (method === 'PATCH' && Number(headers.get('Upload-Offset')) !== before.length) return kept(before.length)
    const bytes = Buffer.concat([before, body as Uint8Array])
    if (whole && sha256(bytes) !== name) {
      this.photos.delete(name)
      return problem(422, 'wrong_hash')
    }
    this.photos.set(name, { bytes, whole })
    return whole ? this.stored(name, bytes) : kept(bytes.length)
  }

  private stored(name: string, bytes: Uint8Array): Response {
    return json({ sha256: name, size: bytes.length, width: 1, height: 1 })
  }
}
