/** Finds terminals while somebody types; late answers of earlier questions are dropped. */
import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { pick } from '../../shared/i18n'
import { Refusal } from '../../shared/lib/errors'
import { useConsoleContainer } from '../../shared/lib/inject'
import { useDeskApi, type PlacedTerminal } from '../api'
import { detailOf } from '../lib/load'

const PAUSE_MS = 200
const RESULTS_MAX = 12

const looksLikeNumber = (text: string) => /^(SZ-[A-Z]{2}-)?\d{6}$/i.test(text)

export function useTerminalSearch(q: Ref<string>) {
  const { domain } = useConsoleContainer()
  const deskApi = useDeskApi()
  const results = shallowRef<PlacedTerminal[]>([])
  const state = ref<'idle' | 'searching' | 'done'>('idle')
  const problem = ref('')
  let turn = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  /** A mistyped number is told apart from an unknown one by its check digit. */
  async function checkDigits(text: string): Promise<string> {
    if (!looksLikeNumber(text)) return ''
    try {
      await domain.call('read_code', { text })
      return ''
    } catch (error) {
      return error instanceof Refusal ? pick(error) : ''
    }
  }

  async function search(text: string): Promise<void> {
    const mine = ++turn
    state.value = 'searching'
    try {
      const found = await deskApi.terminals(text)
      const complaint = found.items.length === 0 ? await checkDigits(text) : ''
      if (mine !== turn) return
      results.value = found.items.slice(0, RESULTS_MAX)
      problem.value = complaint
    } catch (error) {
      if (mine !== turn) return
      results.value = []
      problem.value = detailOf(error)
    }
    state.value = 'done'
  }

  watch(q, (text) => {
    clearTimeout(timer)
    problem.value = ''
    if (text.trim().length === 0) {
      turn += 1
      results.value = []
      state.value = 'idle'
      return
    }
    timer = setTimeout(() => void search(text.trim()), PAUSE_MS)
  })
  onScopeDispose(() => clearTimeout(timer))
  return { results, state, problem }
}
