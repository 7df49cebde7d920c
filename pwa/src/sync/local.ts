/** The work orders as this phone knows them: the server's fold with the phone's own later facts on top. */
import type { Place } from '../api/types'
import type { Database } from '../db/database'
import type { EventRow, Handle } from '../db/schema'
import type { Domain, Recorded } from '../domain/door'
import type { Digest, EventPayload, Json, WorkOrder, WorkOrderId } from '../domain/types'

type Stored = { doc: WorkOrder; recorded: Recorded[] }

/** Own facts that the server's fold does not contain yet. Refused ones never count. */
function later(doc: WorkOrder, rows: EventRow[], dev: string | undefined): EventRow[] {
  const folded = (dev && doc.heads[dev]) || 0
  return rows.filter((row) => row.seq > folded && row.state !== 'refused').sort((a, b) => a.seq - b.seq)
}

async function load(db: Handle, doc: WorkOrder, dev: string | undefined): Promise<Stored> {
  const tx = db.transaction(['events', 'sidecars'])
  const rows = later(doc, await tx.objectStore('events').index('wo').getAll(doc.id), dev)
  const recorded = await Promise.all(
    rows.map(async (row): Promise<Recorded> => {
      const found = await Promise.all(row.sidecars.map((c) => tx.objectStore('sidecars').get(c)))
      const sidecars: Record<Digest, Json> = {}
      for (const sidecar of found) if (sidecar) sidecars[sidecar.c] = sidecar.value
      return { event: JSON.parse(row.payload) as EventPayload, id: row.id, bounds: null, sidecars }
    }),
  )
  return { doc, recorded }
}

async function folded(domain: Domain, { doc, recorded }: Stored): Promise<WorkOrder> {
  return recorded.length === 0 ? doc : domain.call('apply', { work_order: doc, recorded })
}

export interface LocalParts {
  db: Database
  domain: Domain
}

/** A work order, and the place it was born at if that came with it. */
export interface LocalWorkOrder {
  doc: WorkOrder
  place: Place | null
}

export async function localWorkOrder({ db, domain }: LocalParts, id: WorkOrderId): Promise<LocalWorkOrder | null> {
  const [row, key] = await Promise.all([db.withDb((handle) => handle.get('work_orders', id)), db.meta('key')])
  if (!row) return null
  const doc = await folded(domain, await db.withDb((handle) => load(handle, row.doc, key?.dev)))
  return { doc, place: row.place ?? null }
}

export async function localWorkOrders({ db, domain }: LocalParts): Promise<LocalWorkOrder[]> {
  const [rows, key] = await Promise.all([db.withDb((handle) => handle.getAll('work_orders')), db.meta('key')])
  const stored = await db.withDb((handle) => Promise.all(rows.map((row) => load(handle, row.doc, key?.dev))))
  const docs = await Promise.all(stored.map((one) => folded(domain, one)))
  return rows.map((row, at) => ({ doc: docs[at] as WorkOrder, place: row.place ?? null }))
}
