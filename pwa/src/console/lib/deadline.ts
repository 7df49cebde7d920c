/** The next deadline of a work order in words, with its rule; and which verdict a clock shows at
 *  this very second. Judging is the domain's work; here a running clock only passes its due time. */
import type { Clock, ClockKind, Judgement, Verdict } from '../../domain/types'
import { messages } from '../../shared/i18n'
import { word } from '../words'
import { duration, shortInstant } from './time'

const t = messages({
  zh: {
    left: '还剩 {time}',
    over: '已超 {time}',
    rule: '{due} 前（{clause}，{limit}）',
    unlimited: '尽快，无固定时限（{clause}）',
    minutes: '{n} 分钟',
    hours: '{n} 小时',
    days: '{n} 天',
    evaluation: '等待现场管理人员评价（9.4）',
    again: '须再次服务并回访（9.5）',
    done: '—',
  },
  en: {
    left: '{time} left',
    over: '{time} over',
    rule: 'by {due} ({clause}, {limit})',
    unlimited: 'as soon as possible, no fixed limit ({clause})',
    minutes: '{n} min',
    hours: '{n} h',
    days: '{n} d',
    evaluation: 'Awaiting the site manager’s evaluation (9.4)',
    again: 'To be served and followed up again (9.5)',
    done: '—',
  },
})

export const clockOf = (judgement: Judgement, kind: ClockKind): Clock | undefined =>
  judgement.clocks.find((clock) => clock.kind === kind)

export function liveVerdict(clock: Clock | undefined, now: number): Verdict | 'none' {
  if (!clock) return 'none'
  const isRunning = clock.verdict === 'running' || clock.verdict === 'overdue'
  if (!isRunning || clock.due_at === null) return clock.verdict
  return now > clock.due_at ? 'overdue' : 'running'
}

/** A limit as the standard writes it: `10 分钟`, `3 小时`, `5 天`. 48 小时 stays 48 小时. */
export function limitText(minutes: number): string {
  if (minutes % 1440 === 0 && minutes > 2880) return t('days', { n: minutes / 1440 })
  return minutes % 60 === 0 && minutes > 60 ? t('hours', { n: minutes / 60 }) : t('minutes', { n: minutes })
}

export interface Deadline {
  kind: ClockKind | null
  /** Milliseconds left; negative when past; null when there is no fixed limit or nothing runs. */
  left: number | null
  /** `到场 还剩 1 小时 12 分` */
  headline: string
  /** `12:00 前（9.2 a，3 小时）` */
  rule: string
}

export function nextDeadline(judgement: Judgement, now: number): Deadline {
  const clock = judgement.next ? clockOf(judgement, judgement.next) : undefined
  if (!clock) {
    const stage = judgement.stage.name
    const headline = stage === 'restored' ? t('evaluation') : stage === 'reopened' ? t('again') : t('done')
    return { kind: null, left: null, headline, rule: '' }
  }
  const name = word('clock', clock.kind)
  if (clock.due_at === null || clock.limit_minutes === null) {
    return { kind: clock.kind, left: null, headline: name, rule: t('unlimited', { clause: clock.clause }) }
  }
  const left = clock.due_at - now
  const time = duration(left)
  return {
    kind: clock.kind,
    left,
    headline: `${name} ${t(left < 0 ? 'over' : 'left', { time })}`,
    rule: t('rule', { due: shortInstant(clock.due_at, now), clause: clock.clause, limit: limitText(clock.limit_minutes) }),
  }
}
