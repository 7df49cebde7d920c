/**
 * The typed door to the rules. The rules are Rust compiled to WebAssembly; JSON goes in and out
 * through one function. Nothing here decides anything.
 */
import { Refusal } from '../shared/lib/errors'
import type {
  Bounds,
  Clock,
  DeviceId,
  Digest,
  Envelope,
  EventId,
  EventPayload,
  External,
  Fault,
  Json,
  Judgement,
  KeyRecord,
  LabelRun,
  Millis,
  PersonId,
  Policy,
  ReadCode,
  Receipt,
  RefusalText,
  Site,
  Summary,
  SyncOp,
  SyncState,
  Terminal,
  Unproved,
  WorkOrder,
} from './types'

/** One event as the fold reads it. */
export interface Recorded {
  event: EventPayload
  id: EventId
  bounds: Bounds | null
  sidecars: Record<Digest, Json>
}

/** One event of a chain, as far as time is concerned. */
export interface Link {
  seq: number
  id: EventId
  sid: string
  mono: Millis
  anchor_ts: Millis | null
}

/** That the server saw a chain up to here. */
export interface Seen {
  head_seq: number
  ts: Millis
}

/** The server: a key that is trusted, and the statements by which others followed it. */
export interface Server {
  server_key: string
  key_changes?: Envelope[]
}

/** A key of the server with the span in which it signs: from the first instant, until before the second. */
export interface KeySpan {
  dev: DeviceId
  spki: string
  from: Millis | null
  before: Millis | null
}

/** Every function behind the door: what it takes and what it gives. */
export interface Functions {
  prepare_event: [{ event: EventPayload }, { payload: string; id: EventId; pae: string }]
  prepare_sidecar: [{ salt: string; value: Json }, { text: string; c: Digest }]
  read_code: [{ text: string; place?: Terminal; runs?: LabelRun[] } & Partial<Server>, ReadCode]
  apply: [{ work_order: WorkOrder; recorded: Recorded[] }, WorkOrder]
  judge: [
    { items: { work_order: WorkOrder; terminal: Terminal; site: Site; external?: Record<EventId, External> }[]; policy: Policy; now: Millis },
    Judgement[],
  ]
  /** What the site manager is shown, from this phone's own facts. */
  summary: [{ work_order: WorkOrder; dev: DeviceId; site_name: string }, { summary: Summary; shown: Digest }]
  check: [
    {
      event: EventPayload
      work_order: WorkOrder | null
      /** The person whose key signs, their own number and their organisation. */
      person: PersonId
      person_phone: string
      provider: string
      /** Registered managers of the work order's site. */
      managers: PersonId[]
      /** Whether the phone's copy of the register knows the terminal the event names. */
      is_terminal_known: boolean
      sidecars: Record<Digest, Json>
    },
    null,
  ]
  verify_receipt: [{ envelope: Envelope } & Server, Receipt]
  verify_key_record: [{ envelope: Envelope } & Server, KeyRecord]
  /** The keys that the changes prove, in their order. */
  server_keys: [Server, KeySpan[]]
  verify_event: [{ envelope: Envelope; spki: string }, { id: EventId; event: EventPayload }]
  bounds: [{ links: Link[]; seen: Seen[]; tolerance: { epsilon_ms: Millis; rho_ppm: number } }, Bounds[]]
  plan_sync: [SyncState, SyncOp[]]
  /** What a phone without network can still have proved in time; `now` by the server's clock, `wall` by its own. */
  unproved: [{ limits: Clock[]; epsilon_ms: Millis; now: Millis; wall: Millis }, Unproved | null]
  /** A chain head as QR code, for the telephone (in groups), and the six digits to be read back. */
  /** The eight digits by which a phone is approved, plain and in groups. */
  check_number: [{ spki: string; salt: string }, { number: string; grouped: string }]
  relay: [{ dev: DeviceId; head_seq: number; head: EventId }, { path: string; code: string; acknowledgement: string }]
  /** SHA-256 of the canonical form of a value: the name of a policy, a summary. */
  digest_of: [{ value: unknown }, Digest]
  faults: [Record<string, never>, Fault[]]
  texts: [Record<string, never>, Record<string, { zh: string; en: string }>]
}

export interface Domain {
  /** Throws `Refusal` when the rules say no. */
  call<F extends keyof Functions>(fn: F, args: Functions[F][0]): Promise<Functions[F][1]>
  /** The same without waiting; only after `ready()` has resolved once. Throws `Refusal` too. */
  callNow<F extends keyof Functions>(fn: F, args: Functions[F][0]): Functions[F][1]
  /** Loads the rules ahead of the first call. */
  ready(): Promise<void>
}

/** What the WebAssembly module exports. */
interface Exports {
  memory: WebAssembly.Memory
  alloc(length: number): number
  dealloc(pointer: number, length: number): void
  call(pointer: number, length: number): bigint
}

type Answer = { ok: unknown } | { refusal: RefusalText }

/** Wraps an instance: text in, text out, and the memory given back whatever happens. */
export function raw(exports: Exports): (input: string) => string {
  const encoder = new TextEncoder()
  const decoder = new TextDecoder()
  return (input) => {
    const bytes = encoder.encode(input)
    const pointer = exports.alloc(bytes.length) >>> 0
    new Uint8Array(exports.memory.buffer, pointer, bytes.length).set(bytes)
    const packed = exports.call(pointer, bytes.length)
    exports.dealloc(pointer, bytes.length)
    const at = Number(BigInt.asUintN(32, packed >> 32n))
    const length = Number(BigInt.asUintN(32, packed))
    const text = decoder.decode(new Uint8Array(exports.memory.buffer, at, length))
    exports.dealloc(at, length)
    return text
  }
}

/** Said when somebody asks before the rules are loaded. */
const NOT_LOADED: RefusalText = {
  code: 'rules_not_loaded',
  zh: '规则尚未加载完成，请稍候再试',
  en: 'The rules are still loading; please try again in a moment',
}

function ask<F extends keyof Functions>(run: (input: string) => string, fn: F, args: Functions[F][0]): Functions[F][1] {
  const answer = JSON.parse(run(JSON.stringify({ fn, args }))) as Answer
  if ('refusal' in answer) throw Refusal.of(answer.refusal)
  return answer.ok as Functions[F][1]
}

/** Builds the door from whatever gives an instance; loading happens once, and again after a failure. */
export function openDoor(load: () => Promise<(input: string) => string>): Domain {
  let loading: Promise<(input: string) => string> | null = null
  let loaded: ((input: string) => string) | null = null
  const instance = (): Promise<(input: string) => string> => {
    loading ??= load().then(
      (run) => (loaded = run),
      (error: unknown) => {
        loading = null
        throw error
      },
    )
    return loading
  }
  return {
    ready: async () => void (await instance()),
    call: async (fn, args) => ask(await instance(), fn, args),
    callNow(fn, args) {
      if (!loaded) throw Refusal.of(NOT_LOADED)
      return ask(loaded, fn, args)
    },
  }
}

/** The rules as built for this version of the app. */
export const domainFromUrl = (url: URL): Domain =>
  openDoor(async () => {
    const response = await fetch(url)
    if (!response.ok) throw new Error(`the rules could not be loaded: HTTP ${response.status}`)
    const { instance } = await WebAssembly.instantiateStreaming(response, {})
    return raw(instance.exports as unknown as Exports)
  })
