/**
 * The forms that the rules (`server/domain`) read and write, as TypeScript sees them.
 * Instants are integer milliseconds since the epoch; `mono` counts milliseconds of one page load.
 */

export type Digest = string
export type EventId = string
export type DeviceId = string
export type PersonId = string
export type TerminalId = string
export type WorkOrderId = string
export type Millis = number

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** A reason for which something may not stand, in both languages. */
export interface RefusalText {
  code: string
  zh: string
  en: string
}

export interface Envelope {
  payloadType: string
  payload: string
  signatures: { keyid: string; sig: string }[]
}

export interface Commitment {
  c: Digest
}

export type ResponseKind = 'accepted' | 'called' | 'messaged' | 'remote_diagnosis'
export type ScanMethod = 'camera' | 'typed' | 'photo'
export type NoFix = 'denied' | 'timeout' | 'indoors' | 'basement' | 'no_sensor'
export type PhotoSlot = 'before' | 'after' | 'scene' | 'plate' | 'label'
export type PhotoSource = 'camera' | 'gallery'
export type Mode = 'remote' | 'on_site'
export type RepairClass = 'ordinary' | 'program' | 'department_interface' | 'hardware_part' | 'whole_machine'
export type Level = 'severe' | 'general'
export type FilingReason = 'weather' | 'traffic' | 'site_closed' | 'no_access' | 'safety' | 'parts' | 'other'
export type Channel = 'public_qr' | 'hotline' | 'dispatcher' | 'inspector' | 'monitoring' | 'api' | 'i_shenzhen' | 'terminal_feedback'

export interface Exif {
  taken_at: string | null
  lat_e7: number | null
  lng_e7: number | null
  make: string | null
  model: string | null
  orientation: number | null
}

export interface Part {
  name: string
  quantity: number
  serial: string | null
}

/** What the site manager reads before signing. */
export interface Summary {
  wo: WorkOrderId
  terminal: TerminalId
  site_name: string
  technician: PersonId
  fault: string
  mode: Mode
  repair_class: RepairClass
  cause: string
  action: string
  parts: Part[]
  arrived_wall: Millis | null
  restored_wall: Millis
  photos: Digest[]
  work: EventId
  restored: EventId
  check_in: EventId | null
}

/** Every fact a phone may say, by name. */
export interface Facts {
  enrolled: { key_record: Envelope }
  app_started: { build: string }
  paused: Record<string, never>
  resumed: Record<string, never>
  clock_jumped: { delta_ms: Millis }
  sync_requested: { nonce: string }
  sync_acknowledged: { receipt: Envelope }
  responded: { how: ResponseKind }
  set_out: Record<string, never>
  scanned: { terminal: TerminalId | null; text: string; method: ScanMethod }
  checked_in: {
    terminal: TerminalId
    scan: EventId | null
    fixes: Commitment | null
    no_fix: NoFix | null
    reason: string | null
  }
  photo_taken: {
    sha256: Digest
    size: number
    width: number
    height: number
    slot: PhotoSlot
    source: PhotoSource
    exif: Exif | null
  }
  work_recorded: {
    mode: Mode
    fault: string
    repair_class: RepairClass
    cause: string
    action: string
    parts: Part[]
  }
  noted: { text: string }
  filed: { reason: FilingReason; text: string; expected_at: Millis }
  restored: Record<string, never>
  evaluated: {
    summary: Summary
    shown: Digest
    stars: number
    resolved: boolean
    tags: string[]
    remark: string
    unit: string
    signer: Commitment
    signer_person: PersonId | null
    ink: Commitment
  }
  left_site: Record<string, never>
}

export type FactName = keyof Facts

/** The signed content of one event. */
export interface EventPayload {
  v: 1
  dev: DeviceId
  seq: number
  prev: EventId
  sid: string
  mono: Millis
  wall: Millis
  by: PersonId
  wo: WorkOrderId | null
  pol: Digest | null
  t: string
  body: unknown
}

export interface Fix {
  lat_e7: number
  lng_e7: number
  acc_cm: number
  ts: Millis
  mono: Millis
  src: 'gnss' | 'network' | 'unknown'
  crs: 'wgs84' | 'gcj02' | 'unknown'
}

/** Strokes of handwriting; integers, `t` in milliseconds from the first point. */
export interface Ink {
  width: number
  height: number
  strokes: { x: number; y: number; t: number }[][]
}

export interface Interval {
  earliest: Millis
  latest: Millis
}

/** When something happened: proven by the server's receipts (`b`), and with the phone's own clock (`c`). */
export interface Bounds {
  b: Interval
  c: Interval
  /** The phone's clock contradicted the receipts; `c` is then `b`. */
  clock_conflict: boolean
}

export interface Moment {
  event: EventId
  dev: DeviceId
  seq: number
  sid: string
  mono: Millis
  wall: Millis
  bounds: Bounds
}

/** A fact, said by a person at a moment. */
export type Said<T> = { at: Moment; by: PersonId } & T

export interface Scan {
  terminal: TerminalId | null
  text: string
  method: ScanMethod
}

/** What can be read at a terminal. */
export type CodeForm = 'plain' | 'label' | 'screen' | 'step' | 'tap'

/** How a signed label stands by the print runs this phone knows. */
export type LabelState = 'current' | 'stale' | 'revoked' | 'unknown' | 'forged'

/** A print run of labels; its key checks them without a network. */
export interface LabelRun {
  no: number
  key: string
  provider: string | null
  revoked_at: Millis | null
}

/** A text as the rules take it apart. */
export interface ReadCode {
  form: CodeForm
  /** The identifier, or six digits; a tag names none. */
  terminal: TerminalId | null
  /** For labels of a terminal that was given along. */
  label: LabelState | null
  /** For codes that this server made. */
  screen: { ts: Millis; by_manager: boolean } | null
}

/** What the server found out about a scanned code. */
export type Finding =
  | { kind: 'label'; terminal: TerminalId; run: number; is_stale: boolean; revoked_at: Millis | null }
  | { kind: 'screen'; terminal: TerminalId; ts: Millis; manager: PersonId | null; replay_of: EventId | null }
  | { kind: 'step'; terminal: TerminalId; from: Millis }
  | { kind: 'tap'; terminal: TerminalId; tag: string; counter: number; replay_of: EventId | null; passed_by: EventId | null }
  | { kind: 'flawed'; form: CodeForm; flaw: 'forged' | 'unknown' | 'revoked' }

export interface CheckIn {
  terminal: TerminalId
  scan: Said<Scan> | null
  fixes: Fix[]
  fixes_c: Digest | null
  no_fix: NoFix | null
  reason: string | null
  prior: Json
}

export interface Visit {
  check_in: Said<CheckIn>
  left: Moment | null
}

/** The fold of all facts about one work order. */
export interface WorkOrder {
  id: WorkOrderId
  terminal: TerminalId
  site: string
  district: string
  provider: string
  site_unit: string
  policy: Digest
  terminal_version: number
  /** None in work orders from before sites were bound. */
  site_version?: number
  report: Said<{
    channel: Channel
    fault: string
    level: Level
    text: string
    occurred_at: Millis | null
    reporter_c: Digest | null
  }>
  assignments: Said<{ technician: PersonId; reason: string | null }>[]
  responses: Said<{ how: ResponseKind; person?: PersonId }>[]
  set_outs: Said<object>[]
  scans: Said<Scan>[]
  codes: Said<{ scan: EventId; finding: Finding }>[]
  /** Later taps of a tag that bound earlier ones. */
  followers: Said<{ scan: EventId; latest: Millis }>[]
  visits: Visit[]
  work: Said<Facts['work_recorded']>[]
  photos: Said<Facts['photo_taken']>[]
  notes: Said<{ text: string }>[]
  restored: Said<object>[]
  evaluations: Said<{
    summary: Summary
    shown: Digest
    stars: number
    resolved: boolean
    tags: string[]
    remark: string
    unit: string
    signer_person: PersonId | null
    signer_c: Digest
    ink_c: Digest
    /** The link it came through; absent if it was signed on the technician's phone. */
    link?: Digest
  }>[]
  /** One-time links to evaluate through, those taken back, and closings without evaluation; absent if none. */
  links?: Said<{ link: Digest; shown: Digest; expires_at: Millis }>[]
  link_ends?: Said<{ link: Digest }>[]
  closings?: Said<{ restored: EventId; due_at: Millis }>[]
  /** What the authority was told about delays, and what it answered; absent if nothing was. */
  filings?: Said<Facts['filed']>[]
  filing_answers?: Said<{ filing: EventId; accepted: boolean; text: string }>[]
  /** Who was told that a limit comes near or has passed, each step once; absent if nothing was said. */
  alerts?: Said<{ clock: ClockKind; rung: Rung; due_at: Millis; to: PersonId[] }>[]
  /** Who else reported the same fault, and monitoring that says that its alarm is over; absent if nobody did. */
  joins?: Said<{ channel: Channel; text: string; occurred_at: Millis | null; reporter_c: Digest | null }>[]
  clearings?: Said<{ alarm: string; cleared_at: Millis }>[]
  /** Leaders who took over; absent if none did. */
  takeovers?: Said<{ clock: ClockKind; text: string }>[]
  /** Personal values that are gone, with the presence that rested on them; absent if none are. */
  erasures?: Said<{ values: Digest[]; presence: Record<EventId, Presence>; reason: string }>[]
  /** Holds put on it and taken off again; absent if there were none. */
  holds?: Said<{ is_on: boolean; reason: string }>[]
  heads: Record<DeviceId, number>
}

export type StageName =
  'reported' | 'assigned' | 'responded' | 'under_way' | 'on_site' | 'restored' | 'evaluated' | 'reopened' | 'closed_unevaluated'
/** How far up a step reaches. */
export type Rung = 'warning' | 'overdue' | { leader: number }
export type ClockKind = 'response' | 'arrival' | 'repair'
export type Verdict = 'met' | 'breached' | 'cannot_tell' | 'running' | 'overdue'

/** What the log and its witnesses say about the time of an event. */
export interface External {
  a: Interval
  late_logged: Millis | null
  clock_ahead: Millis | null
}

/** How much has to be trusted for a time. */
export type Grade = 'external' | 'server' | 'device'

export interface Clock {
  kind: ClockKind
  clause: string
  limit_minutes: number | null
  started: Interval
  /** By witnesses outside; null while nothing is known from them. */
  started_external: Interval | null
  due_at: Millis | null
  ended: null | { a: Interval | null; b: Interval; c: Interval; claimed: Millis }
  verdicts: { external: Verdict; server: Verdict; device: Verdict }
  verdict: Verdict
  reasons: string[]
}

/** An act that happened and that no receipt covers: until when it may still be proved in time. */
export interface Unproved {
  kind: ClockKind
  waited_minutes: number
  until: Millis
  in_time: boolean
}

export interface Presence {
  result: 'strong' | 'adequate' | 'weak' | 'none' | 'contradicted'
  points: number
  proximity: 'inside' | 'outside' | 'cannot_tell' | 'no_fix'
  distance_cm: number | null
  accuracy_cm: number | null
  radius_cm: number
  factors: { code: string; points: number }[]
  doubts: string[]
}

/** A filing 报备 beside the deadline that it does not move. */
export interface FilingJudged {
  event: EventId
  reason: FilingReason
  /** Whether before the deadline of the arrival; null where no arrival is needed. */
  in_time: Verdict | null
  reasons: string[]
  accepted: boolean | null
}

export interface Judgement {
  stage: { name: StageName; [key: string]: unknown }
  clocks: Clock[]
  presence: Presence[]
  /** `verdict` is null where no arrival was needed; `visit` is the place of the one that counts. */
  arrival: { verdict: Verdict | null; reasons: string[]; visit: number | null }
  /** Absent if nothing was filed. */
  filings?: FilingJudged[]
  /** A code of the rules: what the evaluation rests on, if not on the signature of a phone. */
  evaluation_source?: string
  /** Until when it can be evaluated before it closes without; absent unless it waits for that. */
  evaluation_due?: { at: Millis; is_provisional: boolean }
  next: ClockKind | null
}

export interface Terminal {
  id: TerminalId
  site: string
  model: string
  name: string
  version: number
  lat_e7: number
  lng_e7: number
  radius_cm: number | null
  provider: string
  authority: string
}

export interface Site {
  id: string
  district: string
  name: string
  address: string
  lat_e7: number
  lng_e7: number
  radius_cm: number | null
  phone: string
  hours: string
  managers: { person: PersonId; name: string }[]
  unit: string
}

/** A state of the transparency log that somebody outside had seen. */
export interface CheckpointRef {
  note: Digest
  root: Digest
  size: number
}

export interface Receipt {
  cp: CheckpointRef | null
  dev: DeviceId
  head: EventId
  head_seq: number
  /** Its place in the transparency log. */
  leaf: number
  nonce: string | null
  ts: Millis
  v: 1
  /** By the phone itself, by somebody's scan of its QR code, or by telephone. */
  via: 'sync' | 'relay_qr' | 'relay_code'
}

export interface KeyRecord {
  alg: 'p256'
  /** Who approved the phone; absent for a first one. */
  approved_by?: PersonId
  dev: DeviceId
  person: PersonId
  spki: string
  ts: Millis
  v: 1
}

/** A policy is data of the rules; the phone passes it through unread. */
export type Policy = { version?: string; epsilon_ms?: Millis; [key: string]: unknown }
export type Calendar = Record<string, unknown>

/** A row of table 1. */
export interface Fault {
  code: string
  category: 'terminal' | 'application' | 'network' | 'other'
  level: Level
  zh: string
  en: string
}

/** What lies on the phone and how it stands with the server. */
export interface SyncState {
  online: boolean
  token_valid: boolean
  head_acknowledged: boolean
  events: { seq: number; bytes: number }[]
  quarantined: number[]
  photos: { sha256: Digest; size: number; offset: number; wo: WorkOrderId }[]
}

/** One thing to do next. */
export type SyncOp =
  { op: 'head' } | { op: 'events'; from: number; to: number } | { op: 'photo'; sha256: Digest } | { op: 'pull_changes' }
