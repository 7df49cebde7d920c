/** Calls that only the console makes, and the evidence in the form the server sends it. */
import { inject, type App, type InjectionKey } from 'vue'
import { ask, send, type Wire } from '../api/request'
import type { CountedCheckIn, Of, PresenceFigure, Shown } from './figures/figures'
import type { Outcome, ReviewItem, ReviewShown } from './reviews/review'
import type { Device, Evidence, EvidenceEvent, Slip, WorkOrderRow } from '../api/types'
import type { ClockKind, Digest, Envelope, EventId, Facts, Millis, PersonId, RefusalText, ResponseKind, Rung, Terminal, WorkOrderId } from '../domain/types'

/** A record that failed a check and is kept as it came. */
export interface Quarantined {
  id: string
  event: string | null
  dev: string | null
  seq: number | null
  person: PersonId | null
  reason: RefusalText
  received_at: number
  envelope: Envelope | string
}

/** Events of the stretch of each chain the work order lies in: its own and those between. */
export interface StretchEvent extends EvidenceEvent {
  /** The work order it belongs to; null for events about the phone. */
  wo?: WorkOrderId | null
  /** Why it was accepted into the chain but not into the work order. */
  refused?: RefusalText | null
}

export interface EvidenceForm extends Omit<Evidence, 'events' | 'quarantined' | 'devices'> {
  events: StretchEvent[]
  /** With how much of each phone's work has a receipt and has not arrived. */
  devices: (Device & { owed?: { events: number; since: Millis } | null })[]
  quarantined: Quarantined[]
  /** The server's first key, and how others followed it. */
  server_key: string
  key_changes?: Envelope[]
}

/** A terminal with the names a person knows it by. */
export interface PlacedTerminal {
  terminal: Terminal
  site_name: string
  district: string
  provider_name: string
}

/** Opens a page of the server in a new tab. The token goes in the body: a tab sets no header, and addresses are kept. */
function openTab(action: string, token: string): void {
  const form = Object.assign(document.createElement('form'), { method: 'post', action, target: '_blank', hidden: true })
  form.append(Object.assign(document.createElement('input'), { name: 'token', value: token }))
  document.body.append(form)
  form.submit()
  form.remove()
}

/** A print run of labels. */
export interface LabelRunRow {
  no: number
  provider: string | null
  provider_name: string | null
  note: string
  opened_at: number
  opened_by_name: string
  revoked_at: number | null
  revoked_by_name: string | null
  revoked_reason: string | null
  is_current: boolean
  may_revoke: boolean
}

/** The screen of a terminal. */
export interface KioskRow {
  terminal: string
  terminal_name: string
  site_name: string
  generation: number
  opened_at: number
  opened_by_name: string
  revoked_at: number | null
  revoked_reason: string | null
}

/** An NTAG 424 DNA tag at a terminal. */
export interface TagRow {
  tag: string
  terminal: string
  terminal_name: string
  site_name: string
  opened_at: number
  opened_by_name: string
  revoked_at: number | null
  revoked_reason: string | null
}

/** What to write into a tag; given only at registration. */
export interface OpenedTag {
  tag: TagRow
  meta_key: string
  file_key: string
  address: string
}

/** A rotating code to show. */
export interface ShownCode {
  text: string
  made_at: number
  renew_after_ms: number
  terminal_name: string
  site_name: string
}

/** What can be erased of a work order. */
export type Personal = 'position' | 'ink' | 'signer' | 'reporter'

/** A proof code as it is kept. */
export interface RelayedCode {
  /** In groups, to be compared. */
  code: string
  /** When it was told first. */
  ts: Millis
  acknowledgement: string
  is_repeat: boolean
}

const PHOTO_TIMEOUT_MS = 60_000
/** Up to some hundred photos over a slow line. */
const BUNDLE_TIMEOUT_MS = 600_000
/** A document waits for its turn before it is made. */
const DOCUMENT_TIMEOUT_MS = 60_000

/** A code with its words. */
interface Said {
  code: string
  zh: string
  en: string
}

/** A witness or a time-stamp authority. */
export interface LogWatcher {
  name: string | null
  key: string | null
  size: number
  at: number | null
  behind: number
  behind_since: number | null
  /** How far its clock was ahead of the server's when it answered last, ms. */
  ahead_ms?: number
  standing: Said
  refused: Said | null
  detail: string | null
}

interface Span {
  from: Millis
  to: Millis
}

/** A time server that the server's clock is compared with. */
export interface TimeServer {
  name: string
  /** When it told the time last, by the server's clock. */
  at: number | null
  ahead_ms: number | null
  refused: Said | null
  detail: string | null
}

/** The log and those outside. */
export interface LogWatch {
  origin: string
  leaves: number
  checkpoint: { size: number; root: string; at: number } | null
  witnessed: number
  witnessed_at: number | null
  quorum: number
  witnesses: LogWatcher[]
  authorities: LogWatcher[]
  time_servers: TimeServer[]
  alarms: Said[]
}

/** A step that was said of a limit, or a leader who took over. */
export interface Told {
  clock: ClockKind
  /** Null for a takeover. */
  rung: Rung | null
  due_at: Millis | null
  at: Millis
  people: { person: PersonId; name: string }[]
  text: string | null
}

/** What a reporter takes along. */
export type { Slip } from '../api/types'

/** A complaint, with what was answered. */
export interface ComplaintRow {
  number: string
  terminal: string
  terminal_name: string
  site_name: string
  work_order: WorkOrderId | null
  channel: string
  text: string
  by_name: string
  at: Millis
  external_id: string | null
  waiting: boolean
  complainant_name: string | null
  complainant_phone: string | null
  answers: { text: string; by_name: string; at: Millis }[]
  may_answer: boolean
  slip: Slip | null
}

/** An account of another system. */
export interface IntegrationRow {
  id: string
  name: string
  channel: string
  districts: string[]
  fault: string
  made_by_name: string
  made_at: Millis
  revoked_at: Millis | null
  revoked_by_name: string | null
}

/** What another system sent that fits nowhere. */
export interface HeldIntakeRow {
  id: string
  account: string
  account_name: string
  kind: string
  reason: string
  reason_zh: string
  reason_en: string
  body: unknown
  received_at: Millis
  settled_at: Millis | null
  settled_by_name: string | null
  note: string | null
  work_order: WorkOrderId | null
}

/** A work order in the leaders' queue. */
export interface Escalated {
  item: WorkOrderRow
  told: Told[]
  open_clocks: ClockKind[]
  is_mine: boolean
  may_take_over: boolean
}

export type RosterPlace = 'terminal' | 'site' | 'provider'

export interface RosterShift {
  days: 'every' | 'working' | 'off'
  from_minute: number
  to_minute: number
  person: PersonId
  deputy: PersonId | null
}

export interface OnDuty {
  person: PersonId
  name: string
  phone: string
}

export interface RosterRow {
  provider: string
  provider_name: string
  place: RosterPlace
  subject: string
  subject_name: string
  version: number
  shifts: RosterShift[]
  ladder: PersonId[][]
  written_at: Millis
  written_by_name: string
  people: OnDuty[]
  now: PersonId | null
  may_write: boolean
}

/** Who is on duty for a terminal. */
export interface Duty {
  terminal: string
  provider_name: string
  at: Millis
  person: OnDuty | null
  deputy: OnDuty | null
  ladder: OnDuty[][]
}

export type ChannelKind = 'email' | 'webhook' | 'wecom' | 'dingtalk'
export type ChannelTopic = 'assigned' | 'warning' | 'overdue' | 'leader' | 'filing' | 'evaluation'

/** A way to tell an organisation of limits outside the app. */
export interface ChannelRow {
  id: string
  org: string
  org_name: string
  kind: ChannelKind
  name: string
  /** Without what comes behind `?`. */
  address: string
  topics: ChannelTopic[]
  active: boolean
  version: number
  changed_at: Millis
  changed_by_name: string
  old_secret_until: Millis | null
}

export interface NewChannel {
  org: string | null
  kind: ChannelKind
  name: string
  address: string
  secret: string
  topics: ChannelTopic[]
}

/** The secret is told this once. */
export interface ChannelMade {
  channel: ChannelRow
  secret: string | null
}

export interface DeliveryRow {
  id: string
  channel: string
  channel_name: string
  kind: ChannelKind | null
  org_name: string
  work_order: WorkOrderId | null
  title_zh: string
  title_en: string
  state: 'waiting' | 'failed' | 'sent' | 'given_up'
  made_at: Millis
  next_at: Millis | null
  attempts: { at: Millis; reason: RefusalText | null; number: string | null }[]
}

export const createDeskApi = (wire: Wire) => ({
  channels: (): Promise<ChannelRow[]> => ask(wire, { path: '/channels' }),
  addChannel: (form: NewChannel): Promise<ChannelMade> => ask(wire, { method: 'POST', path: '/channels', json: form }),
  changeChannel: (id: string, form: Pick<ChannelRow, 'version' | 'name' | 'topics' | 'active'>): Promise<ChannelMade> =>
    ask(wire, { method: 'PUT', path: `/channels/${encodeURIComponent(id)}`, json: form }),
  rotateSecret: (id: string, form: { version: number; address: string; secret: string }): Promise<ChannelMade> =>
    ask(wire, { method: 'POST', path: `/channels/${encodeURIComponent(id)}/secret`, json: form }),
  testChannel: (id: string): Promise<DeliveryRow> => ask(wire, { method: 'POST', path: `/channels/${encodeURIComponent(id)}/test` }),
  deliveries: (state: 'all' | 'troubled', page: number): Promise<{ items: DeliveryRow[]; more: boolean }> =>
    ask(wire, { path: '/deliveries', query: { state, page } }),
  tryAgain: (id: string): Promise<DeliveryRow> => ask(wire, { method: 'POST', path: `/deliveries/${encodeURIComponent(id)}/again` }),
  escalations: (state: 'waiting' | 'all'): Promise<{ items: Escalated[]; total: number }> => ask(wire, { path: '/escalations', query: { state } }),
  takeOver: (id: WorkOrderId, clock: ClockKind, text: string): Promise<void> =>
    send(wire, { method: 'POST', path: `/work-orders/${encodeURIComponent(id)}/takeover`, json: { clock, text } }, async () => undefined),
  /** The desk responds in its own name, or writes down that somebody of the provider did. */
  respond: (id: WorkOrderId, how: ResponseKind, person: PersonId | null = null): Promise<void> =>
    send(wire, { method: 'POST', path: `/work-orders/${encodeURIComponent(id)}/response`, json: { how, person } }, async () => undefined),
  /** Open work orders of a terminal. */
  openAt: async (terminal: string): Promise<WorkOrderRow[]> => {
    const found = await ask<{ items: WorkOrderRow[] }>(wire, { path: '/work-orders', query: { state: 'open', q: terminal } })
    return found.items.filter((row) => row.work_order.terminal === terminal)
  },
  join: (id: WorkOrderId, form: { text: string; reporter_name: string | null; reporter_phone: string | null; occurred_at: Millis | null }, key: string): Promise<{ work_order: WorkOrderId; slip: Slip }> =>
    ask(wire, { method: 'POST', path: `/work-orders/${encodeURIComponent(id)}/joins`, json: form, headers: { 'Idempotency-Key': key } }),
  complaints: (state: 'waiting' | 'all'): Promise<{ items: ComplaintRow[]; total: number }> => ask(wire, { path: '/complaints', query: { state } }),
  complain: (form: { terminal: string; work_order: WorkOrderId | null; text: string; reporter_name: string | null; reporter_phone: string | null }): Promise<ComplaintRow> =>
    ask(wire, { method: 'POST', path: '/complaints', json: form }),
  answerComplaint: (number: string, text: string): Promise<ComplaintRow> =>
    ask(wire, { method: 'POST', path: `/complaints/${encodeURIComponent(number)}/answers`, json: { text } }),
  integrations: (): Promise<{ items: IntegrationRow[] }> => ask(wire, { path: '/integrations' }),
  /** The token is told only here. */
  makeIntegration: (form: { name: string; channel: string; districts: string[]; fault: string }): Promise<{ integration: IntegrationRow; token: string }> =>
    ask(wire, { method: 'POST', path: '/integrations', json: form }),
  revokeIntegration: (id: string): Promise<IntegrationRow> => ask(wire, { method: 'POST', path: `/integrations/${encodeURIComponent(id)}/revocation` }),
  heldIntake: (state: 'waiting' | 'settled'): Promise<{ items: HeldIntakeRow[] }> => ask(wire, { path: '/integrations/held', query: { state } }),
  settleIntake: (id: string, form: { terminal: string | null; fault: string | null; note: string }): Promise<HeldIntakeRow> =>
    ask(wire, { method: 'POST', path: `/integrations/held/${encodeURIComponent(id)}/settlement`, json: form }),
  rosters: (): Promise<RosterRow[]> => ask(wire, { path: '/rosters' }),
  writeRoster: (place: RosterPlace, subject: string, form: { version: number; shifts: RosterShift[]; ladder: PersonId[][] }): Promise<RosterRow> =>
    ask(wire, { method: 'PUT', path: `/rosters/${place}/${encodeURIComponent(subject)}`, json: form }),
  duty: (terminal: string): Promise<Duty> => ask(wire, { path: `/terminals/${encodeURIComponent(terminal)}/duty` }),
  reviews: (query: { state?: string; kind?: string | undefined; work_order?: WorkOrderId; page?: number }): Promise<{ items: ReviewItem[]; total: number }> =>
    ask(wire, { path: '/reviews', query }),
  review: (id: string): Promise<ReviewShown> => ask(wire, { path: `/reviews/${encodeURIComponent(id)}` }),
  decideReview: (id: string, form: { outcome: Outcome; reason: string; shown: string }): Promise<ReviewShown> =>
    ask(wire, { method: 'POST', path: `/reviews/${encodeURIComponent(id)}/decision`, json: form }),
  evidence: (id: WorkOrderId): Promise<EvidenceForm> => ask(wire, { path: `/work-orders/${encodeURIComponent(id)}/evidence` }),
  /** Tells the authority of a delay for a technician who cannot. */
  file: (id: WorkOrderId, filed: Facts['filed']): Promise<void> =>
    send(wire, { method: 'POST', path: `/work-orders/${encodeURIComponent(id)}/filings`, json: filed }, async () => undefined),
  answerFiling: (id: WorkOrderId, filing: EventId, answer: { accepted: boolean; text: string }): Promise<void> =>
    send(wire, { method: 'POST', path: `/work-orders/${encodeURIComponent(id)}/filings/${filing}/answer`, json: answer }, async () => undefined),
  /** Erases personal values of a finished work order for good. */
  erase: (id: WorkOrderId, what: Personal[], reason: string): Promise<void> =>
    send(wire, { method: 'POST', path: `/work-orders/${encodeURIComponent(id)}/erasures`, json: { what, reason } }, async () => undefined),
  /** Nothing personal is erased while a work order is on hold. */
  hold: (id: WorkOrderId, reason: string): Promise<void> =>
    send(wire, { method: 'POST', path: `/work-orders/${encodeURIComponent(id)}/holds`, json: { reason } }, async () => undefined),
  release: (id: WorkOrderId, reason: string): Promise<void> =>
    send(wire, { method: 'POST', path: `/work-orders/${encodeURIComponent(id)}/holds/release`, json: { reason } }, async () => undefined),
  /** The sheet of labels, for printing. */
  openLabels: (): void => openTab('/labels', wire.token() ?? ''),
  terminals: (q: string): Promise<{ items: PlacedTerminal[]; total: number }> => ask(wire, { path: '/terminals', query: { q } }),
  labelRuns: (): Promise<LabelRunRow[]> => ask(wire, { path: '/label-runs' }),
  openLabelRun: (provider: string | null, note: string): Promise<LabelRunRow> => ask(wire, { method: 'POST', path: '/label-runs', json: { provider, note } }),
  revokeLabelRun: (no: number, reason: string): Promise<void> =>
    send(wire, { method: 'POST', path: `/label-runs/${no}/revocation`, json: { reason } }, async () => undefined),
  kiosks: (): Promise<KioskRow[]> => ask(wire, { path: '/kiosks' }),
  /** The address holds the secret of the screen and is given only here. */
  openKiosk: (terminal: string): Promise<{ kiosk: KioskRow; address: string }> => ask(wire, { method: 'POST', path: '/kiosks', json: { terminal } }),
  revokeKiosk: (terminal: string, reason: string): Promise<void> =>
    send(wire, { method: 'POST', path: `/kiosks/${encodeURIComponent(terminal)}/revocation`, json: { reason } }, async () => undefined),
  presenceFigure: (query: Partial<Span>): Promise<PresenceFigure> => ask(wire, { path: '/figures/presence', query }),
  countedCheckIns: (query: Span & Of & { shown: Shown }): Promise<{ items: CountedCheckIn[]; total: number }> =>
    ask(wire, { path: '/figures/presence/check-ins', query: { ...query } }),
  logWatch: (): Promise<LogWatch> => ask(wire, { path: '/log/watch' }),
  tags: (): Promise<TagRow[]> => ask(wire, { path: '/tags' }),
  openTag: (tag: string, terminal: string): Promise<OpenedTag> => ask(wire, { method: 'POST', path: '/tags', json: { tag, terminal } }),
  revokeTag: (tag: string, reason: string): Promise<void> =>
    send(wire, { method: 'POST', path: `/tags/${encodeURIComponent(tag)}/revocation`, json: { reason } }, async () => undefined),
  managerCode: (terminal: string): Promise<ShownCode> => ask(wire, { method: 'POST', path: `/terminals/${encodeURIComponent(terminal)}/manager-code` }),
  enterRelayCode: (code: string): Promise<RelayedCode> => ask(wire, { method: 'POST', path: '/relay-codes', json: { code } }),
  /** The unmarked bytes, through the work order, so that its scope decides who may see them. */
  photo: (id: WorkOrderId, sha256: Digest): Promise<Blob> =>
    send(wire, { path: `/work-orders/${encodeURIComponent(id)}/photos/${sha256}`, timeout: PHOTO_TIMEOUT_MS }, (response) => response.blob()),
  /** Everything that proves this work order, as one file that verifies without the server. */
  bundle: (id: WorkOrderId): Promise<Blob> =>
    send(wire, { path: `/work-orders/${encodeURIComponent(id)}/bundle`, timeout: BUNDLE_TIMEOUT_MS }, (response) => response.blob()),
  thumbnail: (id: WorkOrderId, sha256: Digest): Promise<Blob> =>
    send(wire, { path: `/work-orders/${encodeURIComponent(id)}/photos/${sha256}/thumbnail` }, (response) => response.blob()),
  /** A copy with the watermark 水印 burned in by the server. */
  marked: (id: WorkOrderId, sha256: Digest): Promise<Blob> =>
    send(wire, { path: `/work-orders/${encodeURIComponent(id)}/photos/${sha256}/marked`, timeout: DOCUMENT_TIMEOUT_MS }, (response) => response.blob()),
  /** The evidence report as PDF. */
  report: (id: WorkOrderId): Promise<Blob> =>
    send(wire, { path: `/work-orders/${encodeURIComponent(id)}/report.pdf`, timeout: DOCUMENT_TIMEOUT_MS }, (response) => response.blob()),
})

export type DeskApi = ReturnType<typeof createDeskApi>

const KEY: InjectionKey<DeskApi> = Symbol('desk api')

export const provideDeskApi = (app: App, api: DeskApi): void => void app.provide(KEY, api)

export function useDeskApi(): DeskApi {
  const api = inject(KEY)
  if (!api) throw new Error('no desk API was provided to this app')
  return api
}
