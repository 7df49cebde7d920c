/** The desk's list: loads what the view needs, hears of changes, and refreshes without moving
 *  the rows a person is working on. */
import { computed, ref, shallowRef, watch, type Ref } from 'vue'
import type { WorkOrderRow } from '../../api/types'
import { useConsoleContainer } from '../../shared/lib/inject'
import { useChanges } from '../lib/changes'
import { detailOf, stateOf, type LoadState } from '../lib/load'
import { useServerNow } from '../lib/ticker'
import { byTimeLeft, isInView, keepPlaces, type View } from './rows'

/** More rows than a person reads; the rest is found by searching. */
const ROWS_MAX = 500

export function useDesk(view: Ref<View>, q: Ref<string>, isHeld: () => boolean) {
  const { api } = useConsoleContainer()
  const now = useServerNow()
  const loaded = shallowRef<WorkOrderRow[]>([])
  const total = ref(0)
  const waiting = ref(0)
  const state = ref<LoadState>('loading')
  const detail = ref('')
  const refreshedAt = ref<number | null>(null)
  let turn = 0

  async function fetchAll(): Promise<{ items: WorkOrderRow[]; total: number }> {
    const items: WorkOrderRow[] = []
    for (let page = 0; ; page += 1) {
      const query = { state: view.value === 'open' ? ('open' as const) : ('all' as const), page, ...(q.value ? { q: q.value } : {}) }
      const answer = await api.workOrders.list(query)
      items.push(...answer.items)
      if (answer.items.length === 0 || items.length >= Math.min(answer.total, ROWS_MAX)) return { items, total: answer.total }
    }
  }

  /** `again` sorts anew; otherwise rows under a person's hands keep their places. */
  async function refresh(again: boolean): Promise<void> {
    const mine = ++turn
    try {
      const found = await fetchAll()
      if (mine !== turn) return
      const sorted = byTimeLeft(found.items, now.value)
      const merged = again || !isHeld() ? { rows: sorted, waiting: 0 } : keepPlaces(loaded.value, sorted)
      loaded.value = merged.rows
      waiting.value = merged.waiting
      total.value = found.total
      refreshedAt.value = now.value
      state.value = 'ready'
    } catch (error) {
      if (mine !== turn) return
      state.value = stateOf(error)
      detail.value = detailOf(error)
    }
  }

  useChanges(() => void refresh(false))
  watch([view, q], () => {
    state.value = 'loading'
    void refresh(true)
  })
  void refresh(true)

  const rows = computed(() => loaded.value.filter((row) => isInView(row, view.value, now.value)))
  return { rows, loaded, total, waiting, state, detail, now, refreshedAt, refresh }
}
