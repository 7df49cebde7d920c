/** The verdict on the arrival in sentences a district officer reads first. Facts and the domain's
 *  verdict go in; the wording only says which of the cases of 9.2 a it is. */
import type { Clock, Judgement, Verdict } from '../../domain/types'
import { messages } from '../../shared/i18n'
import { earliestText, hasEnd, latestText } from '../lib/bound'
import { clockOf, limitText } from '../lib/deadline'
import { instant, shortSecond } from '../lib/time'
import { sideOf } from './intervalChart'

const t = messages({
  zh: {
    'head.met': '到场：达标',
    'head.breached': '到场：超时',
    'head.cannot_tell': '到场：无法判定',
    'head.running': '到场：时限内，尚未签到',
    'head.overdue': '到场：已过时限，尚未签到',
    'head.none': '到场：不需要',
    rule: '故障于 {start} 报来，需现场排查的应在 {limit}内到达，即 {due} 前（{clause}）。',
    before: '服务器能证明：签到发生在 {from} 之后、{to} 之前，整段都在时限之前。',
    after: '服务器能证明：签到最早也在 {from}，已晚于时限。',
    across: '服务器只能证明签到发生在 {from} 至 {to} 之间。时限 {due} 落在这段时间里，因此既不能认定按时，也不能认定超时。',
    open: '服务器还没有收到签到记录。手机离线时，记录可能还在手机里。',
    contradicted_but: '时间上在时限之内，但在场依据自相矛盾，所以不能算到场达标。',
    no_receipt: '签到已经记录，但服务器还没有为它签发回执，所以不能证明签到不晚于什么时候。',
    punctual_but: '时间上在时限之内，但在场依据不足，所以不能算到场达标。',
  },
  en: {
    'head.met': 'Arrival: met',
    'head.breached': 'Arrival: breached',
    'head.cannot_tell': 'Arrival: cannot tell',
    'head.running': 'Arrival: within the limit, no check-in yet',
    'head.overdue': 'Arrival: past the limit, no check-in yet',
    'head.none': 'Arrival: not needed',
    rule: 'The fault was reported at {start}; where work on site is needed, arrival is due within {limit}, by {due} ({clause}).',
    before: 'The server proves: the check-in happened after {from} and before {to}, wholly before the deadline.',
    after: 'The server proves: the check-in happened at {from} at the earliest, later than the deadline.',
    across: 'The server can only prove that the check-in happened between {from} and {to}. The deadline {due} lies within, so neither “in time” nor “late” is proved.',
    open: 'No check-in has reached the server. While a phone is offline its record may still be on the phone.',
    contradicted_but: 'The time is within the limit, but the proof of presence contradicts itself, so it is not counted as met.',
    no_receipt: 'A check-in is recorded, but no server receipt covers it yet, so nothing proves how late it can have been.',
    punctual_but: 'The time is within the limit, but the proof of presence is not sufficient, so it is not counted as met.',
  },
})

export interface Statement {
  verdict: Verdict | 'none'
  headline: string
  sentences: string[]
  /** Codes of the domain, to be shown in its own words. */
  reasons: string[]
}

/** Codes that say what the sentences already say with the times in them. */
const SAID = new Set(['latest_fits', 'earliest_exceeds', 'end_unsure'])

function timeSentence(clock: Clock, due: number): string {
  const { ended, started, limit_minutes } = clock
  if (!ended) return t('open')
  if (limit_minutes === null) return ''
  const short = (ms: number) => shortSecond(ms, due)
  if (!hasEnd(ended.b)) return t('no_receipt')
  const times = { from: earliestText(ended.b, short), to: latestText(ended.b, short), due: short(due) }
  return t(sideOf(started, limit_minutes * 60_000, ended.b), times)
}

export function arrivalStatement(judgement: Judgement): Statement {
  const clock = clockOf(judgement, 'arrival')
  const verdict = judgement.arrival.verdict ?? 'none'
  const headline = t(`head.${verdict}`)
  if (!clock || clock.due_at === null || clock.limit_minutes === null) {
    return { verdict, headline, sentences: [], reasons: judgement.arrival.reasons }
  }
  const due = clock.due_at
  const rule = t('rule', {
    start: instant(clock.started.earliest),
    limit: limitText(clock.limit_minutes),
    due: shortSecond(due, clock.started.earliest),
    clause: clock.clause,
  })
  const isPunctualOnly = clock.verdict === 'met' && verdict === 'cannot_tell'
  const but = judgement.arrival.reasons.includes('presence_contradicted') ? 'contradicted_but' : 'punctual_but'
  return {
    verdict,
    headline,
    sentences: [rule, timeSentence(clock, due), ...(isPunctualOnly ? [t(but)] : [])].filter(Boolean),
    reasons: [...judgement.arrival.reasons, ...clock.reasons].filter((code) => !SAID.has(code)),
  }
}
