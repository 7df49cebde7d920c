/** What was read for a check-in, and what each of it can prove. Points are the rules' business. */
import type { CodeForm, ReadCode, Said, Scan, WorkOrder } from '../../container'
import type { IconName } from '../../shared/ui/icons'

/** As long as the rules let a scan and a check-in lie apart. */
const TOGETHER_MS = 120_000

export type Standing = 'label' | 'label_stale' | 'label_bad' | 'plain' | 'screen' | 'manager' | 'step' | 'tap'

const WAITING: Record<Exclude<CodeForm, 'label'>, Standing> = { plain: 'plain', screen: 'screen', step: 'step', tap: 'tap' }

/** How a code stands before the server has seen it. */
export function standingOf(code: Pick<ReadCode, 'form' | 'label' | 'screen'>): Standing {
  if (code.form === 'screen' && code.screen?.by_manager) return 'manager'
  if (code.form !== 'label') return WAITING[code.form]
  if (code.label === 'current') return 'label'
  return code.label === 'stale' ? 'label_stale' : 'label_bad'
}

/** Whether this phone has checked it, it waits for the server, or something is wrong. */
export const iconOf = (standing: Standing): IconName =>
  standing === 'label' || standing === 'label_stale' ? 'check' : standing === 'label_bad' || standing === 'plain' ? 'alert' : 'clock'

/** The scan the check-in rests on, and what the same phone read just before it. */
export function justRead(doc: WorkOrder, scan: string): Said<Scan>[] {
  const last = doc.scans.find((one) => one.at.event === scan)
  if (!last) return []
  const isNear = ({ at }: Said<Scan>): boolean =>
    at.dev === last.at.dev && at.sid === last.at.sid && at.mono <= last.at.mono && last.at.mono - at.mono <= TOGETHER_MS
  return doc.scans.filter(isNear)
}
