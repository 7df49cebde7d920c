/** What screens hold on to, whoever is signed in: each call goes to the workspace of the moment. */
import { computed, ref, shallowRef, type Ref } from 'vue'
import type { Kit } from '../api/types'
import type { Server } from '../domain/door'
import type { Json, TerminalId } from '../domain/types'
import type { Database } from '../db/database'
import type { Drafts, Recorder, Registers, Sync, SyncItem, SyncStatus, WorkOrders, WorkOrderView } from '../ports'
import { Refusal } from '../shared/lib/errors'
import type { Workspace } from '../session/workspace'
import type { Registry } from '../sync/work-orders'

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

export const syncOf = (current: Current, status: Ref<SyncStatus>, items: Ref<SyncItem[]>): Sync => ({
  status,
  items,
  now: async () => current.value?.engine.now(),
  delivered: async () => (await current.value?.delivered()) ?? [],
  exportUnsent: async () => need(current).exportUnsent(),
  relay: async () => need(current).relay(),
  dismiss: async (id) => need(current).dismiss(id),
})

export function draftsOf(current: Current): Drafts {
  const db = (): Database => need(current).db
  return {
    load: async <T extends Json>(key: string) => ((await db().withDb((handle) => handle.get('drafts', key))) ?? null) as T | null,
    save: (key, value) => db().strict(['drafts'], async (tx) => void (await tx.objectStore('drafts').put(value, key))),
    remove: (key) => db().strict(['drafts'], (tx) => tx.objectStore('drafts').delete(key)),
  }
}

const serverOf = (kit: Kit | undefined): Partial<Server> => (kit ? { server_key: kit.server_key, key_changes: kit.key_changes ?? [] } : {})

export interface RegistersCore extends Registers {
  reload(): Promise<void>
}

export function registersOf(current: Current): RegistersCore {
  const registry = shallowRef<Registry | null>(null)
  const ready = ref(false)
  return {
    ready,
    terminal: (id: TerminalId) => registry.value?.terminals.get(id),
    site: (id) => registry.value?.sites.get(id),
    terminals: () => registry.value?.kit.terminals ?? [],
    labelRuns: () => registry.value?.kit.label_runs ?? [],
    server: () => serverOf(registry.value?.kit),
    contacts: () => registry.value?.kit.contacts ?? [],
    hotline: () => registry.value?.kit.hotline ?? '',
    async reload() {
      registry.value = (await current.value?.registry()) ?? null
      ready.value = registry.value !== null
    },
  }
}
