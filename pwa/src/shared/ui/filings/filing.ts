/** What can be filed, and how a filing stands. Pure: the words are made where it is shown. */
import type { FilingJudged, FilingReason, Judgement, Millis, WorkOrder } from '../../../domain/types'

export const REASONS: readonly FilingReason[] = ['traffic', 'weather', 'site_closed', 'no_access', 'safety', 'parts', 'other']

const HOUR = 3_600_000
/** As the server has it. */
const EXPECTED_MAX = 30 * 24 * HOUR
const SHENZHEN = 8 * HOUR

export type When = '1' | '2' | '4' | 'own'

/** The instant a choice means, in whole milliseconds, which a measured clock does not give; null while it means none that can be filed. */
export function expectedAt(when: When | null, own: string, now: Millis): Millis | null {
  const at = when === null ? Number.NaN : when === 'own' ? fromLocal(own) : Math.ceil(now) + Number(when) * HOUR
  return at > now && at <= now + EXPECTED_MAX ? at : null
}

/** `2026-11-24T14:05` as a clock in Shenzhen shows it, whatever zone the device is set to. */
export const fromLocal = (text: string): number => (text === '' ? Number.NaN : Date.parse(`${text}:00Z`) - SHENZHEN)

export const toLocal = (at: Millis): string => new Date(at + SHENZHEN).toISOString().slice(0, 16)

export type Filing = NonNullable<WorkOrder['filings']>[number]

export interface FilingView {
  filing: Filing
  judged: FilingJudged | undefined
  answer: 'none' | 'accepted' | 'refused'
  /** The authority's words. */
  words: string
}

export function filingsOf(doc: WorkOrder, judgement: Judgement): FilingView[] {
  return (doc.filings ?? []).map((filing) => {
    const answer = doc.filing_answers?.find((one) => one.filing === filing.at.event)
    return {
      filing,
      judged: judgement.filings?.find((one) => one.event === filing.at.event),
      answer: !answer ? 'none' : answer.accepted ? 'accepted' : 'refused',
      words: answer?.text ?? '',
    }
  })
}

export const awaitsAnswer = (doc: WorkOrder): boolean =>
  (doc.filings ?? []).some((filing) => !doc.filing_answers?.some((one) => one.filing === filing.at.event))

/** Whether there is an arrival to be late for: needed, and not there yet. */
export const mayFile = (judgement: Judgement): boolean =>
  judgement.clocks.some((clock) => clock.kind === 'arrival' && clock.ended === null) && judgement.stage.name !== 'evaluated'
