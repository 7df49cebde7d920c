/** Loading something from the server, and the words for why it is not there. */
import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { Problem } from '../../api/problem'

export type LoadState = 'loading' | 'ready' | 'offline' | 'forbidden' | 'not_found' | 'expired' | 'error'

export function stateOf(error: unknown): Exclude<LoadState, 'loading' | 'ready'> {
  if (!(error instanceof Problem)) return 'error'
  if (error.status === 0) return 'offline'
  if (error.status === 401) return 'expired'
  if (error.status === 403) return 'forbidden'
  return error.status === 404 ? 'not_found' : 'error'
}

export const detailOf = (error: unknown): string =>
  error instanceof Problem ? error.detail || error.title : error instanceof Error ? error.message : String(error)

export interface Loaded<T> {
  data: ShallowRef<T | null>
  state: Ref<LoadState>
  detail: Ref<string>
  reload(): Promise<void>
}

/** Loads at once, and again when the network returns after it was missing. Data that is already
 *  on the screen stays there when a later load fails; `state` then says so. */
export function useLoad<T>(load: () => Promise<T>): Loaded<T> {
  const data = shallowRef<T | null>(null)
  const state = ref<LoadState>('loading')
  const detail = ref('')
  let turn = 0
  const reload = async (): Promise<void> => {
    const mine = ++turn
    try {
      const found = await load()
      if (mine !== turn) return
      data.value = found
      state.value = 'ready'
      detail.value = ''
    } catch (error) {
      if (mine !== turn) return
      state.value = stateOf(error)
      detail.value = detailOf(error)
    }
  }
  const online = () => void (state.value === 'offline' && reload())
  window.addEventListener('online', online)
  onScopeDispose(() => window.removeEventListener('online', online))
  void reload()
  return { data, state, detail, reload }
}
