/** The desk by keyboard: rows by arrows or J K, and the few commands a dispatcher repeats. */
import { onMounted, onScopeDispose, type Ref } from 'vue'
import { useRouter } from 'vue-router'

interface Commands {
  table: Ref<HTMLElement | null>
  search: Ref<HTMLInputElement | null>
  sortAgain(): void
  mayReport(): boolean
  mayReadEvidence(): boolean
}

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]')

export function useDeskKeys(commands: Commands): void {
  const router = useRouter()
  const links = () => [...(commands.table.value?.querySelectorAll<HTMLAnchorElement>('a.open') ?? [])]

  function move(step: 1 | -1): void {
    const all = links()
    const here = all.findIndex((link) => link.closest('tr')?.contains(document.activeElement))
    const next = here < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, here + step))
    all[next]?.focus()
  }

  function openEvidence(): void {
    const id = document.activeElement?.closest('tr')?.querySelector<HTMLElement>('a.open')?.dataset['id']
    if (id && commands.mayReadEvidence()) void router.push({ name: 'evidence', params: { id } })
  }

  const actions: Record<string, () => void> = {
    ArrowDown: () => move(1),
    j: () => move(1),
    ArrowUp: () => move(-1),
    k: () => move(-1),
    e: openEvidence,
    r: () => commands.sortAgain(),
    n: () => void (commands.mayReport() && router.push({ name: 'report' })),
    '/': () => commands.search.value?.focus(),
  }

  function onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key]
    if (!action) return
    event.preventDefault()
    action()
  }

  onMounted(() => window.addEventListener('keydown', onKey))
  onScopeDispose(() => window.removeEventListener('keydown', onKey))
}
