/** What screens show of the work orders: folded, judged and counted from the local store alone. */
import { computed, shallowRef, type Ref } from 'vue'
import type { Database } from '../db/database'
import type { EventRow, PhotoRow } from '../db/schema'
import type { Domain } from '../domain/door'
import type { Judgement, Policy, Site, Terminal, WorkOrder } from '../domain/types'
import type { Kit, Place } from '../api/types'
import type { SyncItem, WorkOrders, WorkOrderView } from '../ports'
import { localWorkOrders } from './local'
import { differs, managersOf } from './place'

export interface ViewParts {
  db: Database
  domain: Domain
  serverNow(): number
  items(): SyncItem[]
  /** A work order was born under a policy that is not on this phone: the registers are old. */
  onUnknownPolicy(): void
}

/** A place the register does not know (yet), so that the work order is still shown. */
const unknownTerminal = (doc: WorkOrder): Terminal => ({
  ...{ id: doc.terminal, site: doc.site, model: '', name: doc.terminal, version: doc.terminal_version },
  ...{ lat_e7: 0, lng_e7: 0, radius_cm: null, provider: doc.provider, authority: '' },
})
const unknownSite = (doc: WorkOrder): Site => ({
  ...{ id: doc.site, district: doc.district, name: doc.site, address: '', lat_e7: 0, lng_e7: 0, radius_cm: null },
  ...{ phone: '', hours: '', managers: [], unit: doc.site_unit },
})

/** The policies of the kit by the name work orders call them. */
async function policiesByName(domain: Domain, kit: Kit): Promise<Map<string, Policy>> {
  const named = kit.policies.map(
    async ({ policy }): Promise<[string, Policy]> => [await domain.call('digest_of', { value: policy }), policy],
  )
  return new Map(await Promise.all(named))
}

export interface Registry {
  kit: Kit
  policies: Map<string, Policy>
  terminals: Map<string, Terminal>
  sites: Map<string, Site>
}

export async function loadRegistry(db: Database, domain: Domain): Promise<Registry | null> {
  const kit = await db.withDb((handle) => handle.get('kit', 'kit'))
  if (!kit) return null
  return {
    kit,
    policies: await policiesByName(domain, kit),
    terminals: new Map(kit.terminals.map((terminal) => [terminal.id, terminal])),
    sites: new Map(kit.sites.map((site) => [site.id, site])),
  }
}

type Placed = { work_order: WorkOrder; terminal: Terminal; site: Site; moved: Place | null }

/** Where it was born, by which it is judged, with everybody who may sign; and where it is now, if that differs. */
function placeOf(registry: Registry, doc: WorkOrder, born: Place | null): Omit<Placed, 'work_order'> {
  const terminal = registry.terminals.get(doc.terminal)
  // The terminal may have gone to another site since.
  const site = registry.sites.get(terminal?.site ?? doc.site)
  const now = terminal && site ? { terminal, site } : null
  const judged = born ?? { terminal: terminal ?? unknownTerminal(doc), site: registry.sites.get(doc.site) ?? unknownSite(doc) }
  const managers = managersOf(judged.site, registry.sites.get(doc.site))
  return { terminal: judged.terminal, site: { ...judged.site, managers }, moved: born && now && differs(born, now) ? now : null }
}

/** Judges all work orders, one call for each policy. Those without a known policy are left out. */
async function judged(parts: ViewParts, registry: Registry, placed: Placed[]): Promise<Map<string, Judgement>> {
  const groups = new Map<string, Placed[]>()
  for (const item of placed) {
    const group = groups.get(item.work_order.policy)
    if (group) group.push(item)
    else groups.set(item.work_order.policy, [item])
  }
  const found = new Map<string, Judgement>()
  for (const [hash, items] of groups) {
    const policy = registry.policies.get(hash)
    if (!policy) {
      parts.onUnknownPolicy()
      continue
    }
    const now = Math.round(parts.serverNow())
    const places = items.map(({ work_order, terminal, site }) => ({ work_order, terminal, site }))
    const answers = await parts.domain.call('judge', { items: places, policy, now })
    answers.forEach((judgement, at) => found.set((items[at] as Placed).work_order.id, judgement))
  }
  return found
}

async function counts(db: Database): Promise<{ events: EventRow[]; photos: Map<string, PhotoRow['state']> }> {
  return db.withDb(async (handle) => {
    const tx = handle.transaction(['events', 'photos'])
    const states = ['saved', 'sent'].map((state) => tx.objectStore('events').index('state').getAll(state))
    const photos = new Map<string, PhotoRow['state']>()
    for (const state of ['saved', 'sent', 'refused'] as const) {
      for (const sha256 of await tx.objectStore('photos').index('state').getAllKeys(state)) photos.set(sha256, state)
    }
    return { events: (await Promise.all(states)).flat(), photos }
  })
}

export function createWorkOrders(parts: ViewParts, items: Ref<WorkOrderView[]> = shallowRef([])): WorkOrders {
  let running: Promise<void> | null = null
  let again = false

  async function rebuild(): Promise<void> {
    const registry = await loadRegistry(parts.db, parts.domain)
    if (!registry) return
    const [docs, waiting] = await Promise.all([localWorkOrders(parts), counts(parts.db)])
    const placed = docs.map(({ doc, place }) => ({ work_order: doc, ...placeOf(registry, doc, place) }))
    const judgements = await judged(parts, registry, placed)
    const refused = parts.items().filter((item) => item.state === 'refused')
    items.value = placed.flatMap(({ work_order: doc, terminal, site, moved }) => {
      const judgement = judgements.get(doc.id)
      if (!judgement) return []
      const waits = doc.photos.filter((photo) => waiting.photos.has(photo.sha256)).length
      return [
        {
          ...{ doc, judgement, terminal, site, moved },
          epsilon_ms: registry.policies.get(doc.policy)?.epsilon_ms ?? 0,
          unsent: waiting.events.filter((row) => row.wo === doc.id).length,
          photos: { sent: doc.photos.length - waits, total: doc.photos.length },
          refused: refused.filter((item) => item.wo === doc.id),
        },
      ]
    })
  }

  /** Runs one rebuild at a time, and once more if something changed meanwhile. */
  async function refresh(): Promise<void> {
    if (running) {
      again = true
      return running
    }
    running = (async () => {
      do {
        again = false
        await rebuild()
      } while (again)
    })().finally(() => (running = null))
    return running
  }

  return { items, refresh, find: (id) => computed(() => items.value.find((view) => view.doc.id === id)) }
}
