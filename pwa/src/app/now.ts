/** One ticker for the whole screen: forty countdowns do not need forty timers. */
import { getCurrentScope, onScopeDispose, readonly, ref, type Ref } from 'vue'
import type { Millis } from '../domain/types'
import { useContainer } from '../shared/lib/inject'

const now = ref(0)
let users = 0
let timer: ReturnType<typeof setInterval> | undefined

/** Server time, once a second while somebody looks. */
export function useNow(): Readonly<Ref<Millis>> {
  const { time } = useContainer()
  const tick = (): void => void (now.value = Math.round(time.serverNow()))
  tick()
  users += 1
  timer ??= setInterval(tick, 1_000)
  const leave = (): void => {
    users -= 1
    if (users > 0) return
    clearInterval(timer)
    timer = undefined
  }
  if (getCurrentScope()) onScopeDispose(leave)
  return readonly(now)
}
