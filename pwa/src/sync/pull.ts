/** Brings the server's work orders and registers onto the phone. Never touches the outbox. */
import type { Api } from '../api/client'
import { Problem } from '../api/problem'
import type { ChangesAnswer, Kit } from '../api/types'
import type { Database } from '../db/database'
import type { WorkOrder } from '../domain/types'

const PAGE = 200
/** A page that never ends would be a fault of the server; 500 pages are 100 000 work orders. */
const PAGES_MAX = 500

export interface PullParts {
  api: Api
  db: Database
}

/** A snapshot is the truth of this moment; a change only if nothing newer is here yet. */
async function store(db: Database, answer: ChangesAnswer, isSnapshot: boolean): Promise<void> {
  await db.strict(['work_orders', 'meta'], async (tx) => {
    const orders = tx.objectStore('work_orders')
    for (const { n, work_order: doc } of answer.changes) {
      const row = await orders.get(doc.id)
      if (isSnapshot || !row || row.n <= n) await orders.put({ ...row, id: doc.id, n, doc })
    }
    await tx.objectStore('meta').put(answer.cursor, 'cursor')
  })
}

/** After a whole snapshot, what it did not name is no longer ours, unless facts about it wait here. */
async function forget(db: Database, named: Set<string>): Promise<void> {
  await db.strict(['work_orders', 'events'], async (tx) => {
    const waiting = new Set((await tx.objectStore('events').index('state').getAll('saved')).map((row) => row.wo))
    for (const id of await tx.objectStore('work_orders').getAllKeys()) {
      if (!named.has(id) && !waiting.has(id)) await tx.objectStore('work_orders').delete(id)
    }
  })
}

/** The server does not understand our place: begin with a snapshot. */
const isLostCursor = (error: unknown): boolean => error instanceof Problem && error.code === 'bad_cursor'

/** Returns whether anything changed. */
export async function pullChanges(parts: PullParts, signal: AbortSignal): Promise<boolean> {
  try {
    return await pullFrom(parts, (await parts.db.meta('cursor')) ?? null, signal)
  } catch (error) {
    if (!isLostCursor(error)) throw error
    return pullFrom(parts, null, signal)
  }
}

async function pullFrom({ api, db }: PullParts, from: string | null, signal: AbortSignal): Promise<boolean> {
  let cursor = from
  const isSnapshot = from === null
  const named = new Set<string>()
  let changed = false
  for (let page = 0; page < PAGES_MAX; page++) {
    const answer = await api.sync.changes(cursor, PAGE, { signal, timeout: 30_000 })
    if (answer.changes.length > 0 || answer.cursor !== cursor) await store(db, answer, isSnapshot)
    changed ||= answer.changes.length > 0
    for (const change of answer.changes) named.add(change.work_order.id)
    cursor = answer.cursor
    if (!answer.more) break
  }
  if (isSnapshot) await forget(db, named)
  return changed
}

/** Returns whether the registers changed. The server's key stays the one that was kept at the enrolment; changes of it come along. */
export async function pullKit({ api, db }: PullParts): Promise<boolean> {
  const old = await db.withDb((handle) => handle.get('kit', 'kit'))
  const kit = await api.kit(old?.etag ?? null)
  if (!kit) return false
  await db.strict(['kit'], async (tx) => void (await tx.objectStore('kit').put(kit, 'kit')))
  return true
}

/** Whether the kit has terminal or site in another version than the work order was born with. */
function isElsewhere(kit: Kit, doc: WorkOrder): boolean {
  const terminal = kit.terminals.find((one) => one.id === doc.terminal)
  const site = kit.site_versions?.[doc.site]
  return terminal?.version !== doc.terminal_version || (doc.site_version !== undefined && site !== doc.site_version)
}

/** Somebody else's by now: nobody judges it on this phone any more. */
function ifNotOurs(error: unknown): null {
  if (error instanceof Problem && (error.status === 404 || error.status === 403)) return null
  throw error
}

/** Fetches the places of open work orders that the kit has lost. Returns whether there were any. */
export async function pullPlaces({ api, db }: PullParts): Promise<boolean> {
  const [kit, rows] = await db.withDb((handle) => Promise.all([handle.get('kit', 'kit'), handle.getAll('work_orders')]))
  if (!kit) return false
  const lost = rows.filter((row) => !row.place && !row.doc.evaluations.at(-1)?.resolved && isElsewhere(kit, row.doc))
  for (const { id } of lost) {
    const place = await api.sync.place(id).catch(ifNotOurs)
    if (!place) continue
    await db.strict(['work_orders'], async (tx) => {
      const orders = tx.objectStore('work_orders')
      const row = await orders.get(id)
      if (row) await orders.put({ ...row, place })
    })
  }
  return lost.length > 0
}
