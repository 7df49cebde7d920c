/** The calls of phone and console, by the noun they are about. No screen calls `fetch` itself. */
import type { Digest, Envelope, Judgement, PersonId, WorkOrder, WorkOrderId } from '../domain/types'
import { Problem } from './problem'
import { ask, asJson, send, type Ask, type Wire } from './request'
import type {
  ChangesAnswer,
  Device,
  EnrolmentRequest,
  Kit,
  ListQuery,
  Person,
  Place,
  PushAnswer,
  QuarantineItem,
  ReportForm,
  Slip,
  SessionGrant,
  StoredPhoto,
  WireSidecar,
  WorkOrderRow,
} from './types'

/** Photos may be large and the network slow. */
const UPLOAD_TIMEOUT_MS = 60_000
/** A document waits for its turn before it is made. */
const DOCUMENT_TIMEOUT_MS = 60_000

/** What the server has of some bytes. */
export type Holding = { kind: 'whole' } | { kind: 'part'; offset: number } | { kind: 'nothing' }

/** After a piece: the whole photo is there, or the next piece starts at `offset`. */
export type PieceAnswer = { stored: StoredPhoto } | { offset: number }

type Options = Pick<Ask, 'signal' | 'timeout'>

/** Photos are opaque bytes to the protocol; what they are is read from the bytes. */
const BYTES = { 'Content-Type': 'application/octet-stream' }

const offsetOf = (response: Response): number => Number.parseInt(response.headers.get('Upload-Offset') ?? '0', 10) || 0

const holdingOf = (response: Response): Holding => {
  if (response.status === 404) return { kind: 'nothing' }
  return response.status === 204 ? { kind: 'part', offset: offsetOf(response) } : { kind: 'whole' }
}

const sessionApi = (wire: Wire) => ({
  create: (login: string, password: string): Promise<SessionGrant> =>
    ask(wire, { method: 'POST', path: '/session', json: { login, password }, anonymous: true }),
  find: (): Promise<Person> => ask(wire, { path: '/session' }),
  remove: (): Promise<void> => send(wire, { method: 'DELETE', path: '/session' }, async () => undefined),
})

const devicesApi = (wire: Wire) => ({
  challenge: (): Promise<{ challenge: string }> => ask(wire, { method: 'POST', path: '/devices/challenge' }),
  create: (form: { spki: string; challenge: string; sig: string; label: string }): Promise<{ key_record: Envelope } | EnrolmentRequest> =>
    ask(wire, { method: 'POST', path: '/devices', json: form }),
  list: (): Promise<Device[]> => ask(wire, { path: '/devices' }),
  revoke: (dev: string, reason: string, effective_at: number | null = null): Promise<void> =>
    send(wire, { method: 'POST', path: `/devices/${dev}/revocation`, json: { reason, effective_at } }, async () => undefined),
})

const enrolmentsApi = (wire: Wire) => ({
  list: (): Promise<EnrolmentRequest[]> => ask(wire, { path: '/enrolments' }),
  find: (dev: string): Promise<EnrolmentRequest> => ask(wire, { path: `/enrolments/${dev}` }),
  approve: (dev: string, check_number: string): Promise<void> =>
    send(wire, { method: 'POST', path: `/enrolments/${dev}/approval`, json: { check_number } }, async () => undefined),
  refuse: (dev: string, reason: string): Promise<void> =>
    send(wire, { method: 'POST', path: `/enrolments/${dev}/refusal`, json: { reason } }, async () => undefined),
})

const syncApi = (wire: Wire) => ({
  head: (envelope: Envelope, options: Options = {}): Promise<{ receipt: Envelope }> =>
    ask(wire, { method: 'POST', path: '/sync/head', json: { envelope }, ...options }),
  events: (events: Envelope[], sidecars: Record<Digest, WireSidecar>, options: Options = {}): Promise<PushAnswer> =>
    ask(wire, { method: 'POST', path: '/sync/events', json: { events, sidecars }, ...options }),
  changes: (cursor: string | null, limit: number, options: Options = {}): Promise<ChangesAnswer> =>
    ask(wire, { path: '/sync/changes', query: { cursor: cursor ?? undefined, limit }, ...options }),
  place: (id: WorkOrderId, options: Options = {}): Promise<Place> => ask(wire, { path: `/work-orders/${id}/place`, ...options }),
  quarantine: (options: Options = {}): Promise<QuarantineItem[]> =>
    ask(wire, { path: '/sync/quarantine', ...options }),
  stream: async (onChanged: () => void, signal: AbortSignal): Promise<void> =>
    (await import('./stream')).listen(wire, onChanged, signal),
})

const evidenceApi = (wire: Wire) => ({
  holding: (sha256: Digest, options: Options = {}): Promise<Holding> =>
    send(wire, { method: 'HEAD', path: `/evidence/${sha256}`, expect: [404], ...options }, async (r) => holdingOf(r)),
  put: (sha256: Digest, bytes: ArrayBuffer, options: Options = {}): Promise<StoredPhoto> =>
    ask(
      wire,
      {
        method: 'PUT',
        path: `/evidence/${sha256}`,
        body: bytes,
        headers: BYTES,
        timeout: UPLOAD_TIMEOUT_MS,
        ...options,
      },
    ),
  /** Sends one piece. A photo that is there already answers with its name, whatever was sent. */
  patch: (
    sha256: Digest,
    piece: { bytes: ArrayBuffer; offset: number; last: boolean },
    options: Options = {},
  ): Promise<PieceAnswer> =>
    send<PieceAnswer>(
      wire,
      {
        method: 'PATCH',
        path: `/evidence/${sha256}`,
        body: piece.bytes,
        headers: {
          ...BYTES,
          'Upload-Offset': String(piece.offset),
          'Upload-Complete': piece.last ? '?1' : '?0',
        },
        timeout: UPLOAD_TIMEOUT_MS,
        ...options,
      },
      async (response) =>
        response.status === 200 ? { stored: await asJson<StoredPhoto>(response) } : { offset: offsetOf(response) },
    ),
})

const deskApi = (wire: Wire) => ({
  workOrders: {
    list: (query: ListQuery = {}): Promise<{ items: WorkOrderRow[]; total: number }> =>
      ask(wire, { path: '/work-orders', query: { ...query } }),
    find: (id: WorkOrderId): Promise<WorkOrderRow & { judgement: Judgement; work_order: WorkOrder }> =>
      ask(wire, { path: `/work-orders/${encodeURIComponent(id)}` }),
    assign: (id: WorkOrderId, technician: PersonId, reason: string | null): Promise<unknown> =>
      ask(wire, {
        method: 'POST',
        path: `/work-orders/${encodeURIComponent(id)}/assignment`,
        json: { technician, reason },
      }),
    /** A one-time link for the site manager's own phone; its address is told this once. */
    makeLink: (id: WorkOrderId): Promise<{ url: string; expires_at: number; link: Digest }> =>
      ask(wire, { method: 'POST', path: `/work-orders/${encodeURIComponent(id)}/evaluation-links` }),
    revokeLink: (id: WorkOrderId, link: Digest): Promise<void> =>
      send(wire, { method: 'POST', path: `/work-orders/${encodeURIComponent(id)}/evaluation-links/${link}/revocation` }, async () => undefined),
    /** The 运维工单 as PDF, made by the server of what has been delivered. */
    serviceSheet: (id: WorkOrderId): Promise<Blob> =>
      send(
        wire,
        { path: `/work-orders/${encodeURIComponent(id)}/service-sheet.pdf`, timeout: DOCUMENT_TIMEOUT_MS },
        (response) => response.blob(),
      ),
  },
  reports: {
    create: (form: ReportForm, key: string): Promise<{ work_order: WorkOrderId; slip: Slip }> =>
      ask(wire, { method: 'POST', path: '/reports', json: form, headers: { 'Idempotency-Key': key } }),
  },
  people: {
    list: (role: string): Promise<Person[]> => ask(wire, { path: '/people', query: { role } }),
  },
})

export function createApi(wire: Wire) {
  return {
    session: sessionApi(wire),
    devices: devicesApi(wire),
    enrolments: enrolmentsApi(wire),
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
