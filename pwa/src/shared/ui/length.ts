/** Lengths as people read them. */
import { t } from './messages'

const FAR_M = 2_000

export const lengthText = (metres: number): string =>
  metres < FAR_M ? t('length.m', { n: Math.round(metres) }) : t('length.km', { n: (metres / 1_000).toFixed(1) })
