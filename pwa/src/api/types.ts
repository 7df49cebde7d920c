/** The forms that travel between the phone (or the console) and the server. */
import type { components } from './schema'
import type {
  Bounds,
  Calendar,
  Digest,
  Envelope,
  EventId,
  EventPayload,
  Judgement,
  Json,
  LabelRun,
  Millis,
  PersonId,
  Policy,
  RefusalText,
  Site,
  Terminal,
  WorkOrder,
  WorkOrderId,
} from '../domain/types'

type Schemas = components['schemas']

/** The description leaves out members that may be null; on the wire they are there, as null. */
type Wire<T> = { [K in keyof T]-?: object extends Pick<T, K> ? NonNullable<T[K]> | null : T[K] }

export type Role = Schemas['Role']
export type Person = Wire<Schemas['Person']>
export type Device = Wire<Schemas['Device']>
/** A phone that asks to be enrolled beside another one. */
export type EnrolmentRequest = Omit<Wire<Schemas['EnrolmentRequest']>, 'key_record' | 'approvers'> & {
  key_record: Envelope | null
  approvers: Person[]
}

export type SessionGrant = Omit<Wire<Schemas['SessionOpened']>, 'person'> & { person: Person }

/** Registers and rules that make the phone independent of the network. */
export interface Kit {
  /** The server's first key; always the same. */
  server_key: string
  /** How others followed it; a kit from before this was sent has none. */
  key_changes?: Envelope[]
  /** The phone computes the digest itself; the one given only helps a reader. */
  policies: { digest: string; policy: Policy }[]
  calendar: Calendar
  terminals: Terminal[]
  sites: Site[]
  /** In which version each of them is here; a kit from before this was sent has none. */
  site_versions?: Record<string, number>
  /** Of the labels on these terminals; a kit from before this was sent has none. */
  label_runs?: LabelRun[]
  /** People of the own organisation. */
  contacts: Person[]
  /** Whom to call without network. */
  hotline: string
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

export type OutcomeStatus = Schemas['StatusDto']

export interface Outcome {
  id: EventId | null
  seq: number | null
  status: OutcomeStatus
  problem: RefusalText | null
}

export type PushAnswer = Omit<Wire<Schemas['PushedDto']>, 'receipt' | 'outcomes'> & {
  receipt: Envelope | null
  outcomes: Outcome[]
}

/** Terminal and site as they were registered when the fault was reported. */
export interface Place {
  terminal: Terminal
  site: Site
}

export interface Change {
  n: number
  work_order: WorkOrder
}

export type ChangesAnswer = Omit<Wire<Schemas['ChangesDto']>, 'changes'> & { changes: Change[] }

/** A record that the server set aside. */
export type QuarantineItem = Omit<Wire<Schemas['QuarantinedDto']>, 'envelope'> & { envelope: Envelope }

export type StoredPhoto = Schemas['StoredDto']
export type ReportForm = Wire<Schemas['ReportDto']>

/** What a reporter takes along. */
export interface Slip {
  code: string
  /** As it is read out: three groups of four. */
  grouped: string
  url: string
  event: EventId | null
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
  receipts: { envelope: Envelope; doubt: RefusalText | null }[]
  photos: { sha256: Digest; stored: boolean; size: number; hash_ok: boolean; width: number; height: number }[]
  ink: { c: Digest; value: Json }[]
  signers: { c: Digest; value: Json }[]
  devices: Device[]
  /** The page loads in which the work order was signed, and what each says it ran. */
  builds: { dev: string; sid: string; seq: number | null; named: string | null; logged_at: Millis | null; doubt: RefusalText | null }[]
  /** When positions and handwriting go by themselves; null while the work order is open. */
  retained_until: Millis | null
  quarantined: QuarantineItem[]
  /** Names of those whose times stand behind grade A. */
  witnesses: string[]
}

export interface ListQuery {
  state?: 'open' | 'all'
  q?: string
  page?: number
}

export type { WorkOrderId }
