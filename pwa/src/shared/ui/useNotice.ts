/** One short sentence at a time, shown over the current screen and read out by screen readers. */
import { readonly, ref } from 'vue'

interface Notice {
  text: string
  tone: 'good' | 'seal'
  key: number
}

const SHOWN_MS = 4_000
const current = ref<Notice | null>(null)
let counter = 0
let timer: ReturnType<typeof setTimeout> | undefined

function show(text: string, tone: Notice['tone']): void {
  clearTimeout(timer)
  counter += 1
  current.value = { text, tone, key: counter }
  timer = setTimeout(() => (current.value = null), tone === 'seal' ? SHOWN_MS * 2 : SHOWN_MS)
}

export const useNotice = () => ({
  current: readonly(current),
  tell: (text: string) => show(text, 'good'),
  warn: (text: string) => show(text, 'seal'),
  dismiss: () => (current.value = null),
})
