/** One shared ticker for every countdown on the page: the server's clock, once a second. */
import { onScopeDispose, ref, type Ref } from 'vue'
import { useConsoleContainer } from '../../shared/lib/inject'

const now = ref(0)
let users = 0
let timer: ReturnType<typeof setInterval> | undefined

export function useServerNow(): Ref<number> {
  const { time } = useConsoleContainer()
  const tick = () => (now.value = time.serverNow())
  tick()
  if (users++ === 0) timer = setInterval(tick, 1000)
  onScopeDispose(() => {
    if (--users === 0) clearInterval(timer)
  })
  return now
}
