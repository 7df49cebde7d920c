/** Ends of proved intervals. Before the first receipt there is no upper bound, and before the first
 *  server time no lower one; such ends are said in words, not shown as dates. */
import type { Interval } from '../../domain/types'
import { messages } from '../../shared/i18n'
import { duration } from './time'

const t = messages({
  zh: { open_start: '没有下限', open_end: '没有上限' },
  en: { open_start: 'no lower bound', open_end: 'no upper bound' },
})

export const hasStart = (interval: Interval): boolean => interval.earliest > 0
export const hasEnd = (interval: Interval): boolean => interval.latest < Number.MAX_SAFE_INTEGER

export const earliestText = (interval: Interval, show: (ms: number) => string): string =>
  hasStart(interval) ? show(interval.earliest) : t('open_start')

export const latestText = (interval: Interval, show: (ms: number) => string): string =>
  hasEnd(interval) ? show(interval.latest) : t('open_end')

/** How wide it is; a dash when it has an open end. */
export const widthText = (interval: Interval): string =>
  hasStart(interval) && hasEnd(interval) ? duration(interval.latest - interval.earliest) : '—'
