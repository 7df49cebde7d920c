/**
 * New versions of the app. They wait until the person says so: a reload in the middle of a form
 * or with the camera open would lose what is on the screen.
 */
import { ref } from 'vue'
import type { Update } from '../ports'

/** How often a page that stays open looks for a new version. */
const LOOK_EVERY_MS = 3600_000
/** How often the new version is asked to take over, until it has. */
const ASK_EVERY_MS = 1_000

export interface UpdateParts {
  workers: ServiceWorkerContainer | undefined
  url: string
  reload(): void
}

export interface UpdateCore extends Update {
  /** Registers the worker and begins to fetch what is needed offline. */
  begin(): Promise<void>
}

type FromWorker = { kind: 'kit'; done: number; total: number }

export function createUpdate({ workers, url, reload }: UpdateParts): UpdateCore {
  const ready = ref(false)
  const offline = ref(0)
  let registration: ServiceWorkerRegistration | null = null
  let wanted = false

  const look = (): void => void (ready.value = Boolean(registration?.waiting && workers?.controller))

  function follow(worker: ServiceWorker | null): void {
    worker?.addEventListener('statechange', () => {
      look()
      if (worker.state === 'activated') worker.postMessage('fetch-kit')
    })
  }

  async function begin(): Promise<void> {
    if (!workers) return
    workers.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
      if (data?.kind === 'kit') offline.value = data.total === 0 ? 1 : data.done / data.total
    })
    workers.addEventListener('controllerchange', () => {
      // Only after the person asked: another tab's update must not reload this one's form.
      if (wanted) reload()
    })
    registration = await workers.register(url, { scope: '/', updateViaCache: 'none' })
    follow(registration.installing)
    registration.addEventListener('updatefound', () => follow(registration?.installing ?? null))
    const fetchKit = (): void => registration?.active?.postMessage('fetch-kit')
    fetchKit()
    look()
    // A network that went away in the middle left the offline copy incomplete.
    globalThis.addEventListener?.('online', fetchKit)
    setInterval(() => void registration?.update().catch(() => undefined), LOOK_EVERY_MS)
  }

  return {
    ready,
    offline,
    begin,
    async apply() {
      if (!registration?.waiting) return
      wanted = true
      const ask = (): void => {
        registration?.waiting?.postMessage('activate-now')
        // The new version waits until the old one has answered everything.
        registration?.active?.postMessage('stand-down')
      }
      ask()
      setInterval(ask, ASK_EVERY_MS)
    },
  }
}
