/** A phone without a screen: the real session, chain, database and engine, with hands on its clocks. */
import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { ref, shallowRef } from 'vue'
import { createApi, type Api } from '../../src/api/client'
import type { FactInput, FactName, SyncItem, WorkOrderView } from '../../src/container'
import { createSession, type SessionCore } from '../../src/session/session'
import { browserSafe } from '../../src/session/safe'
import { createTokens } from '../../src/session/token'
import { openWorkspace, type Workspace } from '../../src/session/workspace'
import { createLocks, type Locks } from '../../src/shared/lib/locks'
import { emptyStatus } from '../../src/sync/status'
import type { FakeServer } from './server'
import { rules } from './rules'

export class Store {
  readonly map = new Map<string, string>()
  getItem = (key: string): string | null => this.map.get(key) ?? null
  setItem = (key: string, value: string): void => void this.map.set(key, value)
  removeItem = (key: string): void => void this.map.delete(key)
}

/** Forgets every database, as a new phone. */
export const wipe = (): void => void (globalThis.indexedDB = new IDBFactory())

export interface Phone {
  session: SessionCore
  api: Api
  clock: { wall: number; mono: number }
  errors: unknown[]
  isVisible: boolean
  isOnline: boolean
  show(visible: boolean): void
  space(): Workspace
  full: { value: boolean }
  views: { value: WorkOrderView[] }
  record<T extends FactName>(fact: FactInput<T>): Promise<{ id: string; seq: number }>
  /** Lets an attempt end, and says how it stands. */
  sync(): Promise<Workspace['engine']['status']['value']>
  close(): void
}

const domain = rules()

export interface Options {
  store?: Store
  locks?: Locks
  /** Recording starts an attempt by itself, as in the app. Off by default: tests say when. */
  eager?: boolean
}

/** The build of the app that these phones run. */
export const BUILD = 'b0'.repeat(32)

/** Another one with the same `store` is another tab, or the app started again. */
export function phone(server: FakeServer, options: Options = {}): Phone {
  const { store = new Store(), locks = createLocks(), eager = false } = options
  const status = ref(emptyStatus())
  const items = shallowRef<SyncItem[]>([])
  const views = shallowRef<WorkOrderView[]>([])
  const workspace = shallowRef<Workspace | null>(null)
  const full = ref(false)
  const errors: unknown[] = []
  const onError = (error: unknown): void => void errors.push(error)
  let changed = (): void => undefined
  let manual = false
  const clock = { wall: server.now, mono: 1_000 }
  const time = { wall: () => clock.wall, mono: () => clock.mono, serverNow: () => clock.wall, offset: ref(null) }

  const session = createSession(
    {
      ...{ domain, locks, onError, label: 'test phone', now: time.wall, onPersonChanged: () => undefined },
      tokens: createTokens(store, browserSafe, () => undefined),
      open: async (person) =>
        openWorkspace(person, {
          ...{ api, domain, time, locks, status, items, views, full, onError, build: async () => BUILD },
          channel: () => ({ post: () => undefined, onNews: () => undefined, close: () => undefined }),
          visibility: { isVisible: () => self.isVisible, onChange: (callback) => ((changed = callback), () => undefined) },
          isOnline: () => self.isOnline && (eager || manual),
          isSignedIn: () => session.state.value === 'signed_in',
          isEnrolled: () => ['enrolled', 'revoked'].includes(session.enrolment.value),
          onRevoked: session.revoke,
          onKit: () => undefined,
          setTimer: () => () => undefined,
        }),
    },
    workspace,
  )
  const api = createApi({
    ...{ fetch: server.fetch, token: session.token, onSignedOut: session.expire, now: time.mono },
    ...{ lang: () => 'zh', onServerTime: () => undefined },
  })
  session.connect(api)

  const self: Phone = {
    ...{ session, api, clock, errors, full, views, isVisible: true, isOnline: true },
    space() {
      if (!workspace.value) throw new Error('nobody is signed in')
      return workspace.value
    },
    show(visible) {
      self.isVisible = visible
      changed()
    },
    record: (fact) => self.space().recorder.record(fact),
    async sync() {
      manual = true
      await self.space().engine.now().finally(() => (manual = false))
      return status.value
    },
    close: () => workspace.value?.close(),
  }
  return self
}
