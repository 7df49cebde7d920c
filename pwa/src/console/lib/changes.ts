/** Hears of changes through the feed every person has, and looks now and then in case one was missed. */
import { onScopeDispose } from 'vue'
import { useConsoleContainer } from '../../shared/lib/inject'

const POLL_MS = 15_000
const STREAM_PAUSE_MS = 30_000
const SETTLE_MS = 400

export function useChanges(changed: () => void): void {
  const { api } = useConsoleContainer()
  const controller = new AbortController()
  let settle: ReturnType<typeof setTimeout> | undefined
  const heard = () => {
    clearTimeout(settle)
    settle = setTimeout(changed, SETTLE_MS)
  }
  const listen = async (): Promise<void> => {
    while (!controller.signal.aborted) {
      await api.sync.stream(heard, controller.signal).catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, STREAM_PAUSE_MS))
    }
  }
  const visible = () => document.visibilityState === 'visible' && changed()
  const poll = setInterval(visible, POLL_MS)
  document.addEventListener('visibilitychange', visible)
  window.addEventListener('online', visible)
  onScopeDispose(() => {
    clearInterval(poll)
    clearTimeout(settle)
    controller.abort()
    document.removeEventListener('visibilitychange', visible)
    window.removeEventListener('online', visible)
  })
  void listen()
}
