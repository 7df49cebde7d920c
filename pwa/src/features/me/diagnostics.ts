/** What a helper on the telephone needs to know about this phone; nothing personal in it. */
import type { Container } from '../../container'

export type Source = Pick<Container, 'session' | 'sync' | 'storage' | 'update' | 'time' | 'prefs' | 'position'>

const MB = 1024 * 1024

export function diagnosticsOf(source: Source, build: string, agent: string): string {
  const { session, sync, storage, update, time, prefs, position } = source
  const status = sync.status.value
  const { usage, quota, persisted } = storage.estimate.value
  const lines: [string, string | number | boolean | null][] = [
    ['build', build],
    ['device', session.device.value],
    ['session', session.state.value],
    ['enrolment', session.enrolment.value],
    ['enrolment_problem', session.enrolmentProblem.value?.code ?? null],
    ['online', status.online],
    ['leader', status.leader],
    ['phase', status.phase],
    ['last_sync', status.last_at === null ? null : new Date(status.last_at).toISOString()],
    ['problem', status.problem?.code ?? null],
    ['unsent', status.unsent],
    ['photos_waiting', status.photos_waiting],
    ['refused', status.refused],
    ['clock_offset_ms', time.offset.value],
    ['storage_mb', `${Math.round(usage / MB)}/${Math.round(quota / MB)}`],
    ['persisted', persisted],
    ['storage_full', storage.full.value],
    ['offline_share', update.offline.value],
    ['update_ready', update.ready.value],
    ['position', position.state.value],
    ['display', `${prefs.lang.value} ${prefs.theme.value}${prefs.large.value ? ' large' : ''}`],
    ['agent', agent],
  ]
  return lines.map(([name, value]) => `${name}: ${value ?? '-'}`).join('\n')
}
