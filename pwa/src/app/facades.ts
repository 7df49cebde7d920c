/** What screens hold on to, whoever is signed in: each call goes to the workspace of the moment. */
import { ref, type Ref } from 'vue'
import type { Json, TerminalId } from '../domain/types'
import type { Database } from '../db/database'
import type { Drafts, Recorder, Registers, Sync, SyncItem, SyncStatus, WorkOrders, WorkOrderView } from '../ports'
import { Refusal } from '../shared/lib/errors'
import type { Workspace } from '../session/workspace'
import { exportUnsent } from '../sync/export'
import { dismiss } from '../sync/items'
import { loadRegistry, type Registry } from '../sync/work-orders'
import { computed, shallowRef } from 'vue'
import type { Domain } from '../domain/door'

type Current = Ref<Workspace | null>

const need = (current: Current): Workspace => {
  if (current.value) return current.value
  throw new Refusal('signed_out', '请先登录', 'Please sign in first')
}

export const recorderOf = (current: Current): Recorder => ({
  record: async (fact) => need(current).recorder.record(fact),
  sidecar: async (value) => need(current).recorder.sidecar(value),
})

export const workOrdersOf = (current: Current, items: Ref<WorkOrderView[]>): WorkOrders => ({
  items,
  find: (id) => computed(() => items.value.find((view) => view.doc.id === id)),
  refresh: async () => current.value?.workOrders.refresh(),
})

export function syncOf(current: Current, status: Ref<SyncStatus>, items: Ref<SyncItem[]>, now: () => number): Sync {
  return {
    status,
    items,
    now: async () => current.value?.engine.now(),
    exportUnsent: async () => {
      const { db, person } = need(current)
      return exportUnsent(db, person.id, now())
    },
    async dismiss(id) {
      const { db, engine, workOrders } = need(current)
      await dismiss(db, id)
      await engine.recount()
      await workOrders.refresh()
    },
  }
}

export function draftsOf(current: Current): Drafts {
  const db = (): Database => need(current).db
  return {
    load: async <T extends Json>(key: string) => ((await db().withDb((handle) => handle.get('drafts', key))) ?? null) as T | null,
    save: (key, value) => db().strict(['drafts'], async (tx) => void (await tx.objectStore('drafts').put(value, key))),
    remove: (key) => db().strict(['drafts'], (tx) => tx.objectStore('drafts').delete(key)),
  }
}

export interface RegistersCore extends Registers {
  reload(): Promise<void>
}

export function registersOf(current: Current, domain: Domain): RegistersCore {
  const registry = shallowRef<Registry | null>(null)
  const ready = ref(false)
  return {
    ready,
    terminal: (id: TerminalId) => registry.value?.terminals.get(id),
    site: (id) => registry.value?.sites.get(id),
    terminals: () => registry.value?.kit.terminals ?? [],
    contacts: () => registry.value?.kit.contacts ?? null,
    async reload() {
      const space = current.value
      registry.value = space ? await loadRegistry(space.db, domain) : null
      ready.value = registry.value !== null
    },
  }
}
