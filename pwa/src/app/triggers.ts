/** When to look at the server again besides the timer: network back, page shown, news from the server. */
import { watch, type Ref } from 'vue'
import type { Api } from '../api/client'
import type { Session } from '../ports'
import type { Workspace } from '../session/workspace'
import type { Visibility } from '../sync/visibility'
import { delayAfter } from '../sync/backoff'

/** Somebody may be on the telephone, waiting for this phone to say that it was approved. */
const ASK_EVERY_MS = 10_000

/** Judgements move with time: what runs becomes overdue without any new fact. */
const JUDGE_EVERY_MS = 30_000

export interface TriggerParts {
  api: Api
  workspace: Ref<Workspace | null>
  session: Pick<Session, 'state' | 'enrolment' | 'enrol'>
  visibility: Visibility
}

/** Keeps one stream open while somebody looks, the network is there and the session holds. */
function followStream({ api, workspace, session, visibility }: TriggerParts): () => void {
  let open: AbortController | null = null
  const wanted = (): boolean =>
    Boolean(workspace.value) && session.state.value === 'signed_in' && visibility.isVisible() && navigator.onLine

  const onNews = (): void => {
    if (session.enrolment.value === 'waiting') void session.enrol()
    workspace.value?.engine.trigger()
  }

  async function listen(controller: AbortController): Promise<void> {
    for (let failures = 0; !controller.signal.aborted; ) {
      const began = Date.now()
      await api.sync.stream(onNews, controller.signal).catch(() => undefined)
      failures = Date.now() - began > 60_000 ? 1 : failures + 1
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, delayAfter(failures, Math.random()))
        controller.signal.addEventListener('abort', () => (clearTimeout(timer), resolve(undefined)), { once: true })
      })
    }
  }

  return () => {
    if (wanted() && !open) {
      open = new AbortController()
      void listen(open)
    } else if (!wanted() && open) {
      open.abort()
      open = null
    }
  }
}

export function followTriggers(parts: TriggerParts): void {
  const { workspace, session, visibility } = parts
  const stream = followStream(parts)
  const trigger = (): void => {
    stream()
    if (navigator.onLine && session.state.value === 'signed_in') {
      // A phone whose enrolment was interrupted catches up; an enrolled one returns at once.
      void session.enrol().then(() => workspace.value?.engine.trigger())
    } else {
      workspace.value?.engine.trigger()
    }
  }
  window.addEventListener('online', trigger)
  window.addEventListener('offline', trigger)
  // Showing the page triggers a sync by itself, after `resumed` is written; see `sync/lifecycle.ts`.
  visibility.onChange(stream)
  const ask = (): void => {
    const isAsking = session.enrolment.value === 'waiting' && session.state.value === 'signed_in'
    if (isAsking && visibility.isVisible() && navigator.onLine) void session.enrol()
  }
  visibility.onChange(ask)
  setInterval(ask, ASK_EVERY_MS)
  watch([workspace, session.state], stream)
  setInterval(() => {
    if (visibility.isVisible()) void workspace.value?.workOrders.refresh().catch(() => undefined)
  }, JUDGE_EVERY_MS)
}
