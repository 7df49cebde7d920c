/**
 * What screens may ask of the core. Screens know these interfaces and nothing behind them, so a
 * test can pass fakes and a screen behaves the same with and without network.
 */
import type { ComputedRef, Ref } from 'vue'
import type { Api } from './api/client'
import type { EnrolmentRequest, Person, Place } from './api/types'
import type { Domain, Server } from './domain/door'
import type {
  Commitment,
  Digest,
  EventId,
  Exif,
  FactName,
  Facts,
  Fix,
  Judgement,
  Json,
  LabelRun,
  Millis,
  NoFix,
  PhotoSlot,
  PhotoSource,
  ReadCode,
  RefusalText,
  Site,
  Terminal,
  TerminalId,
  WorkOrder,
  WorkOrderId,
} from './domain/types'
import type { Refusal } from './shared/lib/errors'
import type { Lang } from './shared/i18n'

/** The clocks. `serverNow` is for showing deadlines only, never for evidence. */
export interface Time {
  wall(): Millis
  mono(): Millis
  serverNow(): Millis
  /** Milliseconds the server's clock is ahead of the phone's; null before the first answer. */
  offset: Ref<Millis | null>
}

export type SessionState = 'loading' | 'signed_out' | 'signed_in' | 'expired'
/**
 * `revoked`: the server counts nothing more that this phone's key signs. `waiting`: somebody in charge has to
 * approve it first. `closed`: they did not, and this key will never count.
 */
export type EnrolmentState = 'none' | 'enrolled' | 'failed' | 'revoked' | 'waiting' | 'closed'

/** This phone's request to be enrolled beside another one, as it was last told. */
export interface PhoneRequest {
  /** To be read out to whoever approves; this phone computed it from its own key. */
  number: string
  told: EnrolmentRequest
}

export interface Session {
  person: Ref<Person | null>
  /** `expired`: the server wants a new sign-in; everything local goes on working. */
  state: Ref<SessionState>
  enrolment: Ref<EnrolmentState>
  /** The name of this phone's key; null before it is enrolled. */
  device: Ref<string | null>
  /** Why the phone could not be enrolled; null while all is well. */
  enrolmentProblem: Ref<RefusalText | null>
  /** While it is `waiting` or `closed`. */
  request: Ref<PhoneRequest | null>
  /** Throws `Problem` when the server says no or cannot be reached. */
  signIn(login: string, password: string): Promise<void>
  /** `unsent`: refused, because something has not reached the server. */
  signOut(): Promise<'done' | 'unsent'>
  /** Tries again to make and enrol this phone's key, or asks how its request stands. */
  enrol(): Promise<void>
  /** Ends the chain of a key that no longer counts, or never will, and enrols a new one. Throws `Refusal` while records of the old one wait. */
  enrolAnew(): Promise<void>
}

export interface SidecarInput {
  c: Digest
  /** The wire form as text, from `recorder.sidecar`. */
  text: string
}

export interface PhotoInput {
  sha256: Digest
  bytes: ArrayBuffer
  type: string
}

export interface FactInput<T extends FactName = FactName> {
  t: T
  body: Facts[T]
  wo: WorkOrderId | null
  sidecars?: SidecarInput[]
  photo?: PhotoInput
}

export interface Recorder {
  /**
   * Signs the fact into the chain. Resolves when it is safely on this phone; throws `Refusal`
   * or `StorageFull`, and then nothing of it was kept.
   */
  record<T extends FactName>(fact: FactInput<T>): Promise<{ id: EventId; seq: number }>
  /** Salts a personal value; pass the result to `record` and its `c` into the body. */
  sidecar(value: Json): Promise<SidecarInput & Commitment>
}

export type ItemState = 'saved' | 'sent' | 'receipted' | 'refused'

/** One line of the list of things to send. */
export interface SyncItem {
  id: string
  kind: 'event' | 'photo'
  /** The fact's name; `photo` for the bytes of a photo. */
  t: string
  wo: WorkOrderId | null
  wall: Millis
  /** Bytes. */
  size: number
  state: ItemState
  reason: RefusalText | null
}

/** An item that arrived, and when the server said so. */
export interface DeliveredItem extends SyncItem {
  receipt_at: Millis | null
}

/** This phone's chain head, ready to be brought to the server by somebody else. */
export interface RelayHead {
  head_seq: number
  /** Behind the server's own address, as a QR code. */
  path: string
  /** To be read out, in groups. */
  code: string
  /** Six digits that come back; they say that the code was read rightly. */
  acknowledgement: string
}

export interface WorkOrderView {
  doc: WorkOrder
  judgement: Judgement
  /** As registered when the fault was reported: by these it is judged. */
  terminal: Terminal
  site: Site
  /** As registered now, if somebody would be elsewhere by it, or inside another fence. */
  moved: Place | null
  /** Facts of this work order that have not reached the server. */
  unsent: number
  /** How exact the server's clock is taken to be, by the policy of this work order. */
  epsilon_ms: Millis
  photos: { sent: number; total: number }
  refused: SyncItem[]
}

export interface WorkOrders {
  items: Ref<WorkOrderView[]>
  find(id: WorkOrderId): ComputedRef<WorkOrderView | undefined>
  /** Folds and judges again from the local store. */
  refresh(): Promise<void>
}

export type SyncPhase = 'idle' | 'head' | 'events' | 'photos' | 'pull'

export interface SyncStatus {
  online: boolean
  /** Whether this tab is the one that talks to the server. */
  leader: boolean
  phase: SyncPhase
  /** When everything was last in agreement with the server; wall clock. */
  last_at: Millis | null
  unsent: number
  photos_waiting: number
  refused: number
  signed_out: boolean
  /** Why the last attempt failed; null after a good one. */
  problem: RefusalText | null
}

export interface Sync {
  status: Ref<SyncStatus>
  items: Ref<SyncItem[]>
  /** Tries at once; resolves when the attempt is over, whether or not it went well. */
  now(): Promise<void>
  /** What the server has signed for in the last seven days, newest first, at most two hundred items. */
  delivered(): Promise<DeliveredItem[]>
  exportUnsent(): Promise<Blob>
  /** Needs no network: that is what it is for. */
  relay(): Promise<RelayHead>
  /** Puts a refused item out of sight. It stays on the phone and in the export. */
  dismiss(id: string): Promise<void>
}

export type PositionState = 'idle' | 'asking' | 'watching' | 'denied' | 'unavailable'

export interface Position {
  state: Ref<PositionState>
  best: Ref<Fix | null>
  start(): void
  stop(): void
  /** Collects fixes for at most `ms`; never fails, says instead why there is none. */
  burst(ms: Millis): Promise<{ fixes: Fix[]; no_fix: NoFix | null }>
}

export interface ScanSession {
  readonly torch: boolean
  setTorch(on: boolean): Promise<void>
  /** Calls back for every code read; the same text at most once a second. */
  onText(callback: (text: string) => void): void
  close(): void
}

export interface Scanner {
  /** Throws `CameraDenied` or `NoCamera`. */
  open(video: HTMLVideoElement): Promise<ScanSession>
  decodeImage(file: Blob): Promise<string | null>
  /** At once, because the rules are loaded by then; a refusal `rules_not_loaded` says if they are not. */
  parse(text: string): ReadCode | Refusal
}

export interface PreparedPhoto {
  bytes: ArrayBuffer
  type: 'image/jpeg'
  sha256: Digest
  size: number
  width: number
  height: number
  slot: PhotoSlot
  source: PhotoSource
  exif: Exif | null
  /** A small JPEG for lists. */
  thumb: Blob
}

export interface Camera {
  /** Throws `PhotoUnreadable`. */
  prepare(file: Blob, slot: PhotoSlot, source: PhotoSource): Promise<PreparedPhoto>
}

export interface Storage {
  estimate: Ref<{ usage: number; quota: number; persisted: boolean }>
  full: Ref<boolean>
  persist(): Promise<boolean>
  measure(): Promise<void>
  /** The bytes of a photo that is still on this phone. */
  photo(sha256: Digest): Promise<Blob | null>
}

export type Theme = 'light' | 'strong' | 'dark'

export interface Prefs {
  lang: Ref<Lang>
  large: Ref<boolean>
  theme: Ref<Theme>
}

export interface Update {
  /** A new version waits to be started. */
  ready: Ref<boolean>
  /** Share of the offline copy that is on this phone, 0 to 1. */
  offline: Ref<number>
  apply(): Promise<void>
}

/** Text that must survive the page being killed. Not evidence, never sent. */
export interface Drafts {
  load<T extends Json>(key: string): Promise<T | null>
  save(key: string, value: Json): Promise<void>
  remove(key: string): Promise<void>
}

/** What is known offline about places and faults. */
export interface Registers {
  terminal(id: TerminalId): Terminal | undefined
  site(id: string): Site | undefined
  terminals(): Terminal[]
  /** Print runs of the labels on them. */
  labelRuns(): LabelRun[]
  /** What the server's own codes are checked with; nothing before the registers are on this phone. */
  server(): Partial<Server>
  /** People of the own organisation, with their telephone numbers. */
  contacts(): Person[]
  /** The number to call without network; empty before the registers are on this phone. */
  hotline(): string
  /** True once the registers are on this phone. */
  ready: Ref<boolean>
}

export interface Container {
  api: Api
  domain: Domain
  time: Time
  session: Session
  recorder: Recorder
  workOrders: WorkOrders
  sync: Sync
  position: Position
  scanner: Scanner
  camera: Camera
  storage: Storage
  drafts: Drafts
  registers: Registers
  prefs: Prefs
  update: Update
}

/** The wide screen is online only and records nothing itself. */
export type ConsoleContainer = Pick<Container, 'api' | 'domain' | 'time' | 'session' | 'prefs'>
