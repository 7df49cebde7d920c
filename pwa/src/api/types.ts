/** The forms that travel between the phone (or the console) and the server. */
import type {
  Bounds,
  Calendar,
  Digest,
  Envelope,
  EventId,
  EventPayload,
  Judgement,
  Json,
  Millis,
  PersonId,
  Policy,
  RefusalText,
  Site,
  Terminal,
  TerminalId,
  WorkOrder,
  WorkOrderId,
} from '../domain/types'

export type Role =
  | 'technician'
  | 'dispatcher'
  | 'provider_manager'
  | 'site_manager'
  | 'district_authority'
  | 'city_authority'
  | 'auditor'
  | 'hotline'
  | 'admin'

export interface Person {
  id: PersonId
  name: string
  role: Role
  org: string
  org_name: string
  district: string | null
  phone: string
}

export interface SessionGrant {
  token: string
  expires_at: Millis
  person: Person
}

export interface Device {
  dev: string
  person: PersonId
  label: string
  [key: string]: unknown
}

/** Registers and rules that make the phone independent of the network. */
export interface Kit {
  server_key: string
  /** The phone computes the digest itself; the one given only helps a reader. */
  policies: { digest: string; policy: Policy }[]
  calendar: Calendar
  terminals: Terminal[]
  sites: Site[]
  contacts: Json
  etag: string
}

export interface WireSidecar {
  salt: string
  value: Json
}

export interface ProblemForm {
  type?: string
  title: string
  status: number
  detail?: string
  code?: string
  instance?: string
}

export type OutcomeStatus = 'accepted' | 'duplicate' | 'quarantined' | 'gap'

export interface Outcome {
  id: EventId | null
  seq: number | null
  status: OutcomeStatus
  problem: (Partial<ProblemForm> & Partial<RefusalText>) | null
}

export interface PushAnswer {
  receipt: Envelope | null
  outcomes: Outcome[]
  expected_seq: number
}

export interface Change {
  n: number
  work_order: WorkOrder
}

export interface ChangesAnswer {
  changes: Change[]
  cursor: string
  more: boolean
  server_time: Millis
}

export interface QuarantineItem {
  id: EventId
  seq: number
  reason: RefusalText
  received_at: Millis
  payload: string
}

export interface StoredPhoto {
  sha256: Digest
  size: number
  width: number
  height: number
}

export interface ReportForm {
  terminal: TerminalId
  fault: string
  text: string
  reporter_name: string | null
  reporter_phone: string | null
  occurred_at: Millis | null
  technician: PersonId | null
}

export interface WorkOrderRow {
  work_order: WorkOrder
  judgement: Judgement
  terminal_name: string
  site_name: string
  technician_name: string | null
}

export interface EvidenceEvent {
  id: EventId
  dev: string
  seq: number
  t: string
  payload: EventPayload | string
  sig: string
  received_at: Millis
  bounds: Bounds | null
}

export interface Evidence {
  work_order: WorkOrder
  judgement: Judgement
  terminal: Terminal
  site: Site
  policy: Policy
  people: Record<PersonId, { name: string; role: Role; org: string }>
  events: EvidenceEvent[]
  receipts: { envelope: Envelope }[]
  photos: { sha256: Digest; stored: boolean; size: number; hash_ok: boolean; width: number; height: number }[]
  ink: { c: Digest; value: Json }[]
  signers: { c: Digest; value: Json }[]
  devices: Device[]
  quarantined: QuarantineItem[]
}

export interface ListQuery {
  state?: 'open' | 'all'
  q?: string
  page?: number
}

export type { WorkOrderId }
