/** Everything that belongs to one person on this phone: their database, chain, outbox and views. */
import type { Ref } from 'vue'
import type { Api } from '../api/client'
import type { Person } from '../api/types'
import { openDatabase, type Database } from '../db/database'
import type { Domain } from '../domain/door'
import type { Digest } from '../domain/types'
import type { DeliveredItem, Recorder, RelayHead, SyncItem, SyncStatus, Time, WorkOrders, WorkOrderView } from '../ports'
import type { Locks } from '../shared/lib/locks'
import { createRoom, type Room } from '../storage/room'
import { createChain, type Chain } from '../sync/chain'
import { createEngine, type Channel, type Engine, type News } from '../sync/engine'
import { dismiss, pending } from '../sync/items'
import { followLifecycle } from '../sync/lifecycle'
import type { Visibility } from '../sync/visibility'
import { createRecorder } from '../sync/recorder'
import { createWorkOrders, loadRegistry, type Registry } from '../sync/work-orders'

export interface WorkspaceParts {
  api: Api
  domain: Domain
  time: Time
  locks: Locks
  build(): Promise<string>
  channel(name: string): Channel
  visibility: Visibility
  isOnline(): boolean
  isSignedIn(): boolean
  isEnrolled(): boolean
  /** The server says that this phone's key is revoked. */
  onRevoked(): void
  status: Ref<SyncStatus>
  items: Ref<SyncItem[]>
  views: Ref<WorkOrderView[]>
  full: Ref<boolean>
  onKit(): void
  onError(error: unknown): void
  setTimer(work: () => void, ms: number): () => void
}

export interface Workspace {
  person: Person
  db: Database
  chain: Chain
  recorder: Recorder
  engine: Engine
  workOrders: WorkOrders
  room: Room
  /** Reads the store and shows it; no network. */
  show(): Promise<void>
  registry(): Promise<Registry | null>
  /** The registers came by another way than a sync. */
  registersChanged(): void
  /** Hides a refused item. */
  dismiss(id: string): Promise<void>
  delivered(): Promise<DeliveredItem[]>
  exportUnsent(): Promise<Blob>
  relay(): Promise<RelayHead>
  /** The bytes of a photo, while they are on this phone. */
  photo(sha256: Digest): Promise<Blob | null>
  close(): void
}

/** Whether this phone is on site or on the way. */
const isUnderWay = (views: WorkOrderView[], dev: string): boolean =>
  views.some(
    ({ doc }) =>
      doc.visits.some((visit) => visit.check_in.at.dev === dev && visit.left === null) ||
      (doc.visits.length === 0 && doc.set_outs.some((set_out) => set_out.at.dev === dev)),
  )

export function openWorkspace(person: Person, parts: WorkspaceParts): Workspace {
  const { api, domain, time, locks } = parts
  const db = openDatabase(person.id)
  const chain = createChain({ db, domain, locks, time, person: person.id, build: parts.build })
  const room = createRoom(db, parts.full)
  let dev = ''
  const workOrders = createWorkOrders(
    {
      ...{ db, domain, serverNow: () => time.serverNow() },
      items: () => parts.items.value,
      onUnknownPolicy: () => engine.wantKit(),
    },
    parts.views,
  )
  const show = async (): Promise<void> => {
    dev = (await db.meta('key'))?.dev ?? ''
    await engine.recount()
    await workOrders.refresh()
  }
  const onChanged = (news: News): void => {
    if (news === 'kit') parts.onKit()
    void show().catch(parts.onError)
  }
  const engine = createEngine(
    {
      ...{ api, db, domain, chain, locks, person: person.id, onChanged, setTimer: parts.setTimer },
      channel: parts.channel(`daochang-${person.id}`),
      now: () => time.wall(),
      isEnrolled: parts.isEnrolled,
      onRevoked: parts.onRevoked,
      isSignedIn: parts.isSignedIn,
      isOnline: parts.isOnline,
      random: Math.random,
    },
    parts.status,
    parts.items,
  )
  const recorder = createRecorder({
    ...{ db, domain, chain, person, locks, makeRoom: room.make },
    onRecorded: () => {
      onChanged('outbox')
      engine.announce('outbox')
      engine.trigger()
    },
  })
  const endLifecycle = followLifecycle(
    {
      chain,
      isAtWork: async () => isUnderWay(parts.views.value, dev) || (await pending(db)).unsent > 0,
      onVisible: () => engine.trigger(),
    },
    parts.visibility,
    parts.onError,
  )
  return {
    ...{ person, db, chain, recorder, engine, workOrders, room, show },
    registry: () => loadRegistry(db, domain),
    registersChanged: () => onChanged('kit'),
    async dismiss(id) {
      await dismiss(db, id)
      await show()
    },
    delivered: async () => (await import('../sync/delivered')).delivered(db, time.wall()),
    relay: async () => (await import('../sync/relay')).relayHead(db, domain),
    exportUnsent: async () => (await import('../sync/export')).exportUnsent(db, person.id, time.wall()),
    async photo(sha256) {
      const bytes = await db.withDb((handle) => handle.get('photo_bytes', sha256))
      return bytes ? new Blob([bytes], { type: 'image/jpeg' }) : null
    },
    close() {
      endLifecycle()
      engine.stop()
      db.close()
    },
  }
}
