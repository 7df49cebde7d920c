/** One-time links to evaluate through (9.4), as far as the facts of a work order tell. */
import type { Digest, Judgement, Millis, WorkOrder } from '../../../domain/types'

/** A link as the server tells it once; its secret is kept nowhere. */
export interface MadeLink {
  url: string
  expires_at: Millis
  link: Digest
}

/** Whether it waits for an evaluation, also after it was closed without one. */
export const awaitsEvaluation = ({ stage }: Judgement): boolean => stage.name === 'restored' || stage.name === 'closed_unevaluated'

/** Used, or taken back. */
export const isEnded = (doc: WorkOrder, link: Digest): boolean =>
  (doc.link_ends ?? []).some((end) => end.link === link) || doc.evaluations.some((evaluation) => evaluation.link === link)

/** The link that is good now, if any; there is never more than one. */
export const goodLink = (doc: WorkOrder, now: Millis) =>
  (doc.links ?? []).findLast(({ link, expires_at }) => now <= expires_at && !isEnded(doc, link)) ?? null

/** Who made the link of an evaluation; none if it was signed on a technician's phone. */
export const makerOf = (doc: WorkOrder, evaluation: WorkOrder['evaluations'][number]) =>
  evaluation.link ? ((doc.links ?? []).find(({ link }) => link === evaluation.link) ?? null) : null
