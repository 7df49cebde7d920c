/** Bytes as people read them. */
import { t } from './messages'

const KB = 1024
const MB = KB * KB

export const sizeText = (bytes: number): string =>
  bytes < MB ? t('size.kb', { n: Math.max(1, Math.round(bytes / KB)) }) : t('size.mb', { n: (bytes / MB).toFixed(1) })
