/**
 * Decides when to sync and tells the screens how it stands. The work of one attempt is in
 * `pass.ts`. One tab at a time talks to the server; everything it does may be repeated.
 */
import { ref, type Ref } from 'vue'
import { Problem } from '../api/problem'
import type { Database } from '../db/database'
import type { Millis } from '../domain/types'
import type { SyncItem, SyncStatus } from '../ports'
import type { Locks } from '../shared/lib/locks'
import { words } from '../shared/lib/words'
import { delayAfter } from './backoff'
import { pending } from './items'
import { emptyStatus } from './status'
import type { PassEvents, PassParts } from './pass'

/** Registers change rarely. */
const KIT_EVERY_MS = 6 * 3600_000
/** A tab that was put to sleep in the middle of an attempt must not hold up the others for ever. */
const PATIENCE_MS = 90_000

export type News = 'outbox' | 'work_orders' | 'kit' | 'please_sync'

/** Word between the tabs of one person. */
export interface Channel {
  post(news: News): void
  onNews(callback: (news: News) => void): void
  close(): void
}

export interface EngineParts extends Omit<PassParts, 'wantsKit'> {
  db: Database
  person: string
  locks: Locks
  channel: Channel
  /** False while the person has to sign in again. */
  isSignedIn(): boolean
  isOnline(): boolean
  /** The server refused this phone's key for good. */
  onRevoked(): void
  random(): number
  /** Called in this tab when stored things changed, whoever changed them. */
  onChanged(what: News): void
  setTimer(work: () => void, ms: Millis): () => void
}

export interface Engine {
  status: Ref<SyncStatus>
  items: Ref<SyncItem[]>
  /** Tries at once; resolves when that attempt is over. */
  now(): Promise<void>
  /** Something was recorded, or the network came back. */
  trigger(): void
  /** The registers turned out to be old: ask for them in the next attempt. */
  wantKit(): void
  /** Tells the other tabs. */
  announce(news: News): void
  /** Counts and lists again. */
  recount(): Promise<void>
  stop(): void
}

export function createEngine(
  parts: EngineParts,
  status: Ref<SyncStatus> = ref(emptyStatus()),
  items: Ref<SyncItem[]> = ref([]),
): Engine {
  const { db, locks, channel } = parts
  const leadership = `sync-leader-${parts.person}`
  let failures = 0
  let kitAt = Number.NEGATIVE_INFINITY
  let running: Promise<void> | null = null
  let again = false
  let blockedSince: number | null = null
  let isInLine = false
  let stopped = false
  let cancelTimer = (): void => undefined
  const abort = new AbortController()
  const set = (change: Partial<SyncStatus>): void => void (status.value = { ...status.value, ...change })

  async function recount(): Promise<void> {
    if (stopped) return
    const { items: list, ...counts } = await pending(db)
    items.value = list
    set(counts)
  }

  const changed = (what: News): void => {
    channel.post(what)
    parts.onChanged(what)
  }
  const on: PassEvents = { phase: (phase) => set({ phase }), changed }
  const passParts: PassParts = { ...parts, wantsKit: () => parts.now() - kitAt >= KIT_EVERY_MS }

  async function attempt(): Promise<void> {
    set({ leader: true })
    try {
      // Sending needs network, so its code need not be there before the first screen.
      const { pass } = await import('./pass')
      await pass(passParts, on, abort.signal)
      if (passParts.wantsKit()) kitAt = parts.now()
      failures = 0
      const last_at = parts.now()
      await db.setMeta('last_at', last_at)
      set({ last_at, problem: null, online: true, signed_out: false })
    } catch (error) {
      if (stopped) return
      failures += 1
      if (error instanceof Problem && error.code === 'revoked_key') parts.onRevoked()
      const isAnswer = error instanceof Problem && error.status > 0
      const signed_out = error instanceof Problem && error.status === 401
      set({ problem: words(error), online: parts.isOnline() && (isAnswer || !(error instanceof Problem)), signed_out })
      schedule(error instanceof Problem ? error.retryAfter : null)
    } finally {
      await recount().catch(() => undefined)
    }
  }

  /** Takes the lead if nobody has it, or if whoever has it seems to be asleep. */
  async function lead(): Promise<void> {
    const led = await locks.tryHold(leadership, async (held) => {
      if (held) await attempt()
      return held
    })
    if (led) {
      blockedSince = null
      return
    }
    set({ leader: false })
    blockedSince ??= parts.now()
    channel.post('please_sync')
    void takeOver().catch(() => undefined)
    if (parts.now() - blockedSince > PATIENCE_MS) await attempt()
  }

  /** Whoever leads may end without a word, closed in the middle of an attempt: then the next in line sends what is left. */
  async function takeOver(): Promise<void> {
    if (isInLine) return
    isInLine = true
    await locks.hold(leadership, () => Promise.resolve()).finally(() => (isInLine = false))
    await recount()
    if (!stopped && status.value.unsent + status.value.photos_waiting > 0) trigger()
  }

  function schedule(retryAfter: number | null = null): void {
    cancelTimer()
    if (stopped) return
    cancelTimer = parts.setTimer(() => trigger(), delayAfter(failures, parts.random(), retryAfter))
  }

  async function run(): Promise<void> {
    do {
      again = false
      await lead()
    } while (again && failures === 0 && !stopped)
    if (failures === 0) schedule()
  }

  /** Starts an attempt, or asks the running one to look once more when it is done. */
  function start(): Promise<void> {
    if (running) {
      again = true
      return running
    }
    running = run()
      .catch((error: unknown) => set({ problem: words(error) }))
      .finally(() => (running = null))
    return running
  }

  const may = (): boolean => !stopped && parts.isSignedIn() && parts.isOnline()

  function trigger(): void {
    set({ online: parts.isOnline(), signed_out: !parts.isSignedIn() })
    if (may()) void start()
    else schedule()
  }

  channel.onNews((news) => {
    if (stopped) return
    if (news === 'please_sync') {
      // Only whoever leads right now answers: two tabs asking each other would never end.
      if (running && status.value.leader) again = true
      return
    }
    void recount()
    parts.onChanged(news)
  })
  void db.meta('last_at').then(
    (last_at) => set({ last_at: last_at ?? null }),
    () => undefined,
  )

  return {
    status,
    items,
    async now() {
      await recount()
      set({ online: parts.isOnline(), signed_out: !parts.isSignedIn() })
      if (may()) await start()
    },
    trigger,
    wantKit: () => void (kitAt = Math.min(kitAt, parts.now() - KIT_EVERY_MS)),
    recount,
    announce: (news) => channel.post(news),
    stop() {
      stopped = true
      abort.abort()
      cancelTimer()
      channel.close()
    },
  }
}
