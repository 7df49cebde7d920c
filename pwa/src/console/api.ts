/** Calls that only the console makes, and the evidence in the form the server sends it. */
import { inject, type App, type InjectionKey } from 'vue'
import { ask, send, type Wire } from '../api/request'
import type { Outcome, ReviewItem, ReviewShown } from './reviews/review'
import type { Evidence, EvidenceEvent } from '../api/types'
import type { Digest, Envelope, PersonId, RefusalText, Terminal, WorkOrderId } from '../domain/types'

/** A record that failed a check and is kept as it came. */
export interface Quarantined {
  id: string
  event: string | null
  dev: string | null
  seq: number | null
  person: PersonId | null
  reason: RefusalText
  received_at: number
  envelope: Envelope | string
}

/** Events of the stretch of each chain the work order lies in: its own and those between. */
export interface StretchEvent extends EvidenceEvent {
  /** The work order it belongs to; null for events about the phone. */
  wo?: WorkOrderId | null
  /** Why it was accepted into the chain but not into the work order. */
  refused?: RefusalText | null
}

export interface EvidenceForm extends Omit<Evidence, 'events' | 'quarantined'> {
  events: StretchEvent[]
  quarantined: Quarantined[]
  server_key: string
}

/** A terminal with the names a person knows it by. */
export interface PlacedTerminal {
  terminal: Terminal
  site_name: string
  district: string
  provider_name: string
}

const PHOTO_TIMEOUT_MS = 60_000

export const createDeskApi = (wire: Wire) => ({
  reviews: (query: { state?: string; kind?: string | undefined; work_order?: WorkOrderId; page?: number }): Promise<{ items: ReviewItem[]; total: number }> =>
    ask(wire, { path: '/reviews', query }),
  review: (id: string): Promise<ReviewShown> => ask(wire, { path: `/reviews/${encodeURIComponent(id)}` }),
  decideReview: (id: string, form: { outcome: Outcome; reason: string; shown: string }): Promise<ReviewShown> =>
    ask(wire, { method: 'POST', path: `/reviews/${encodeURIComponent(id)}/decision`, json: form }),
  evidence: (id: WorkOrderId): Promise<EvidenceForm> => ask(wire, { path: `/work-orders/${encodeURIComponent(id)}/evidence` }),
  terminals: (q: string): Promise<{ items: PlacedTerminal[]; total: number }> => ask(wire, { path: '/terminals', query: { q } }),
  /** The unmarked bytes, through the work order, so that its scope decides who may see them. */
  photo: (id: WorkOrderId, sha256: Digest): Promise<Blob> =>
    send(wire, { path: `/work-orders/${encodeURIComponent(id)}/photos/${sha256}`, timeout: PHOTO_TIMEOUT_MS }, (response) => response.blob()),
  thumbnail: (id: WorkOrderId, sha256: Digest): Promise<Blob> =>
    send(wire, { path: `/work-orders/${encodeURIComponent(id)}/photos/${sha256}/thumbnail` }, (response) => response.blob()),
})

export type DeskApi = ReturnType<typeof createDeskApi>

const KEY: InjectionKey<DeskApi> = Symbol('desk api')

export const provideDeskApi = (app: App, api: DeskApi): void => void app.provide(KEY, api)

export function useDeskApi(): DeskApi {
  const api = inject(KEY)
  if (!api) throw new Error('no desk API was provided to this app')
  return api
}
