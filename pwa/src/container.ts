/**
 * The one place where the parts of the phone app are put together, and what screens import.
 * Parts come in as arguments with defaults, so that a test can replace any of them.
 */
import { ref, shallowRef, watch, type Ref } from 'vue'
import { createApi } from './api/client'
import { readBuild } from './app/build'
import { browserChannel } from './app/channel'
import { draftsOf, recorderOf, registersOf, syncOf, workOrdersOf } from './app/facades'
import { createPrefs } from './app/prefs'
import { createClock } from './app/time'
import { followTriggers } from './app/triggers'
import { createUpdate } from './app/update'
import { createPosition } from './capture/position'
import { createScanner } from './capture/code'
import { domainFromUrl } from './domain/door'
import type { Camera, Container, SyncItem, WorkOrderView } from './ports'
import { labelOf } from './session/label'
import { createSession } from './session/session'
import { browserTokens } from './session/token'
import type { Workspace } from './session/workspace'
import { createLocks } from './shared/lib/locks'
import { lang } from './shared/i18n'
import { createStorage } from './storage/storage'
import { emptyStatus } from './sync/status'
import { pageVisibility } from './sync/visibility'

export * from './ports'
export type * from './api/types'
export type * from './domain/types'
export { Problem } from './api/problem'
export { useNow } from './app/now'
export { CameraDenied, NoCamera, PhotoUnreadable, Refusal, StorageFull } from './shared/lib/errors'
export { words } from './shared/lib/words'
export { useConsoleContainer, useContainer } from './shared/lib/inject'
export { lang, messages, pick, t } from './shared/i18n'

export interface ContainerParts {
  fetch: typeof fetch
  onError(error: unknown): void
  reload(): void
}

const browser: ContainerParts = {
  fetch: (input, init) => fetch(input, init),
  onError: (error) => console.error(error),
  reload: () => location.reload(),
}

const setTimer = (work: () => void, ms: number): (() => void) => {
  const timer = setTimeout(work, ms)
  return () => clearTimeout(timer)
}

/** Drawing and hashing pictures is not needed before the first photo. */
function lazyCamera(load: () => Promise<Camera>): Camera {
  let camera: Promise<Camera> | null = null
  return {
    async prepare(file, slot, source) {
      camera ??= load().catch((error: unknown) => {
        camera = null
        throw error
      })
      return (await camera).prepare(file, slot, source)
    },
  }
}

/** What only the start of the app needs. */
export interface Running extends Container {
  /** Opens the local store and begins to sync. Resolves as soon as it is known who uses the phone. */
  begin(): Promise<void>
  /** Registers the service worker. */
  followUpdates(): Promise<void>
}

export function createContainer(parts: ContainerParts = browser): Running {
  const clock = createClock()
  const domain = domainFromUrl(new URL('./domain/domain.wasm', import.meta.url))
  const locks = createLocks()
  const visibility = pageVisibility()
  const current: Ref<Workspace | null> = shallowRef(null)
  const status = ref(emptyStatus())
  const items: Ref<SyncItem[]> = shallowRef([])
  const views: Ref<WorkOrderView[]> = shallowRef([])
  const full = ref(false)
  const registers = registersOf(current)
  let named: Promise<string> | null = null
  const build = (): Promise<string> => (named ??= readBuild(parts.fetch))

  const session = createSession(
    {
      ...{ tokens: browserTokens(), domain, locks, label: labelOf(navigator.userAgent), now: clock.wall },
      onPersonChanged: parts.reload,
      onError: parts.onError,
      // Not part of the first load: whoever opens the app for the first time signs in first.
      open: async (person) =>
        (await import('./session/workspace')).openWorkspace(person, {
          ...{ api, domain, time: clock, locks, visibility, status, items, views, full, setTimer },
          ...{ build, channel: browserChannel, onError: parts.onError },
          isOnline: () => navigator.onLine,
          isSignedIn: () => session.state.value === 'signed_in',
          // A revoked phone still sends what it has: the server keeps it aside, and says so.
          isEnrolled: () => ['enrolled', 'revoked'].includes(session.enrolment.value),
          onRevoked: session.revoke,
          onKit: () => void registers.reload().catch(parts.onError),
        }),
    },
    current,
  )
  const api = createApi({
    ...{ fetch: parts.fetch, token: session.token, onSignedOut: session.expire, now: clock.mono },
    lang: () => lang.value,
    onServerTime: clock.learn,
  })
  session.connect(api)
  const storage = createStorage({
    manager: navigator.storage,
    full,
    photo: async (sha256) => (await current.value?.photo(sha256)) ?? null,
  })
  const free = (): number | null => {
    const { usage, quota } = storage.estimate.value
    return quota > 0 ? quota - usage : null
  }
  const update = createUpdate({ workers: navigator.serviceWorker, url: '/service-worker.js', reload: parts.reload })

  async function begin(): Promise<void> {
    // Before another version can take the place of this one's offline copy.
    void build()
    watch(current, () => {
      items.value = []
      views.value = []
      status.value = emptyStatus()
      void registers.reload().catch(parts.onError)
    })
    watch(
      () => status.value.last_at,
      () => {
        void storage.measure().catch(parts.onError)
        const room = current.value?.room
        void room?.tidy(clock.wall()).then(() => room.load()).catch(parts.onError)
      },
    )
    followTriggers({ api, workspace: current, session, visibility })
    void domain.ready().catch(parts.onError)
    void storage.measure().catch(parts.onError)
    await session.restore()
    current.value?.engine.trigger()
  }

  return {
    ...{ api, domain, time: clock, session, storage, registers, update, begin, followUpdates: update.begin },
    recorder: recorderOf(current),
    workOrders: workOrdersOf(current, views),
    sync: syncOf(current, status, items),
    drafts: draftsOf(current),
    position: createPosition(navigator.geolocation, clock),
    scanner: createScanner({
      ...{ domain, registers },
      reader: async () => (await import('./capture/scanner')).browserReader(),
    }),
    camera: lazyCamera(async () => (await import('./capture/camera')).createCamera({ free })),
    prefs: createPrefs(localStorage, document.documentElement),
  }
}
