/** Every call the server understands, by the noun it is about. No screen calls `fetch` itself. */
import type { Digest, Envelope, Judgement, PersonId, Terminal, WorkOrder, WorkOrderId } from '../domain/types'
import { Problem } from './problem'
import { ask, asJson, send, type Ask, type Wire } from './request'
import type {
  ChangesAnswer,
  Device,
  Evidence,
  Kit,
  ListQuery,
  Person,
  PushAnswer,
  QuarantineItem,
  ReportForm,
  SessionGrant,
  StoredPhoto,
  WireSidecar,
  WorkOrderRow,
} from './types'

/** Photos may be large and the network slow. */
const UPLOAD_TIMEOUT_MS = 60_000

/** What the server has of some bytes. */
export type Holding = { kind: 'whole'; etag: string | null } | { kind: 'part'; offset: number } | { kind: 'nothing' }

type Options = Pick<Ask, 'signal' | 'timeout'>

const holdingOf = (response: Response): Holding => {
  if (response.status === 404) return { kind: 'nothing' }
  const offset = Number.parseInt(response.headers.get('Upload-Offset') ?? '', 10)
  if (Number.isFinite(offset) && response.headers.get('Upload-Complete') !== '?1') return { kind: 'part', offset }
  return { kind: 'whole', etag: response.headers.get('ETag') }
}

const sessionApi = (wire: Wire) => ({
  create: (login: string, password: string): Promise<SessionGrant> =>
    ask(wire, { method: 'POST', path: '/session', json: { login, password }, anonymous: true }),
  find: (): Promise<Person> => ask(wire, { path: '/session' }),
  remove: (): Promise<void> => send(wire, { method: 'DELETE', path: '/session' }, async () => undefined),
})

const devicesApi = (wire: Wire) => ({
  challenge: (): Promise<{ challenge: string }> => ask(wire, { method: 'POST', path: '/devices/challenge' }),
  create: (form: { spki: string; challenge: string; sig: string; label: string }): Promise<{ key_record: Envelope }> =>
    ask(wire, { method: 'POST', path: '/devices', json: form }),
  list: (): Promise<Device[]> => ask(wire, { path: '/devices' }),
  revoke: (dev: string, reason: string, effective_at: number | null = null): Promise<void> =>
    send(wire, { method: 'POST', path: `/devices/${dev}/revocation`, json: { reason, effective_at } }, async () => undefined),
})

const syncApi = (wire: Wire) => ({
  head: (envelope: Envelope, options: Options = {}): Promise<{ receipt: Envelope }> =>
    ask(wire, { method: 'POST', path: '/sync/head', json: { envelope }, ...options }),
  events: (events: Envelope[], sidecars: Record<Digest, WireSidecar>, options: Options = {}): Promise<PushAnswer> =>
    ask(wire, { method: 'POST', path: '/sync/events', json: { events, sidecars }, ...options }),
  changes: (cursor: string | null, limit: number, options: Options = {}): Promise<ChangesAnswer> =>
    ask(wire, { path: '/sync/changes', query: { cursor: cursor ?? undefined, limit }, ...options }),
  quarantine: (options: Options = {}): Promise<QuarantineItem[]> =>
    ask(wire, { path: '/sync/quarantine', ...options }),
  stream: async (onChanged: () => void, signal: AbortSignal): Promise<void> =>
    (await import('./stream')).listen(wire, onChanged, signal),
})

const evidenceApi = (wire: Wire) => ({
  holding: (sha256: Digest, options: Options = {}): Promise<Holding> =>
    send(wire, { method: 'HEAD', path: `/evidence/${sha256}`, expect: [404], ...options }, async (r) => holdingOf(r)),
  put: (sha256: Digest, bytes: ArrayBuffer, type: string, options: Options = {}): Promise<StoredPhoto> =>
    ask(
      wire,
      {
        method: 'PUT',
        path: `/evidence/${sha256}`,
        body: bytes,
        headers: { 'Content-Type': type },
        timeout: UPLOAD_TIMEOUT_MS,
        ...options,
      },
    ),
  /** Sends one piece; the answer names the photo once it is whole, else null. */
  patch: (
    sha256: Digest,
    piece: { bytes: ArrayBuffer; offset: number; last: boolean; type: string },
    options: Options = {},
  ): Promise<StoredPhoto | null> =>
    send<StoredPhoto | null>(
      wire,
      {
        method: 'PATCH',
        path: `/evidence/${sha256}`,
        body: piece.bytes,
        headers: {
          'Content-Type': piece.type,
          'Upload-Offset': String(piece.offset),
          'Upload-Complete': piece.last ? '?1' : '?0',
        },
        timeout: UPLOAD_TIMEOUT_MS,
        ...options,
      },
      (response) => (piece.last ? asJson<StoredPhoto>(response) : Promise.resolve(null)),
    ),
  photo: (sha256: Digest): Promise<Blob> =>
    send(wire, { path: `/evidence/${sha256}`, timeout: UPLOAD_TIMEOUT_MS }, (response) => response.blob()),
  thumbnail: (sha256: Digest): Promise<Blob> =>
    send(wire, { path: `/evidence/${sha256}/thumbnail` }, (response) => response.blob()),
})

const deskApi = (wire: Wire) => ({
  workOrders: {
    list: (query: ListQuery = {}): Promise<{ items: WorkOrderRow[]; total: number }> =>
      ask(wire, { path: '/work-orders', query: { ...query } }),
    find: (id: WorkOrderId): Promise<WorkOrderRow & { judgement: Judgement; work_order: WorkOrder }> =>
      ask(wire, { path: `/work-orders/${encodeURIComponent(id)}` }),
    evidence: (id: WorkOrderId): Promise<Evidence> =>
      ask(wire, { path: `/work-orders/${encodeURIComponent(id)}/evidence` }),
    assign: (id: WorkOrderId, technician: PersonId, reason: string | null): Promise<unknown> =>
      ask(wire, {
        method: 'POST',
        path: `/work-orders/${encodeURIComponent(id)}/assignment`,
        json: { technician, reason },
      }),
  },
  reports: {
    create: (form: ReportForm, key: string): Promise<{ work_order: WorkOrderId }> =>
      ask(wire, { method: 'POST', path: '/reports', json: form, headers: { 'Idempotency-Key': key } }),
  },
  people: {
    list: (role: string): Promise<Person[]> => ask(wire, { path: '/people', query: { role } }),
  },
  terminals: {
    list: (q: string): Promise<Terminal[]> => ask(wire, { path: '/terminals', query: { q } }),
  },
})

export function createApi(wire: Wire) {
  return {
    session: sessionApi(wire),
    devices: devicesApi(wire),
    sync: syncApi(wire),
    evidence: evidenceApi(wire),
    ...deskApi(wire),
    /** Null when the phone's copy is still the newest. */
    kit: (etag: string | null): Promise<Kit | null> =>
      send(
        wire,
        { path: '/kit', expect: [304], headers: etag ? { 'If-None-Match': etag } : {}, timeout: 30_000 },
        async (response) => {
          if (response.status === 304) return null
          const kit = await asJson<Kit>(response)
          return { ...kit, etag: response.headers.get('ETag') ?? kit.etag }
        },
      ),
  }
}

export type Api = ReturnType<typeof createApi>
export { Problem }
