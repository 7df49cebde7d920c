import { describe, expect, it } from 'vitest'
import type { WorkOrderRow } from '../../api/types'
import type { Clock, Verdict } from '../../domain/types'
import { byTimeLeft, isInView, keepPlaces, tally, verdictOf } from './rows'

const NOW = Date.UTC(2026, 10, 24, 4, 0, 0)
const MIN = 60_000

const clock = (kind: Clock['kind'], verdict: Verdict, dueIn: number | null): Clock => ({
  kind,
  clause: '9.2 a',
  limit_minutes: dueIn === null ? null : 180,
  started: { earliest: NOW, latest: NOW },
  started_external: null,
  due_at: dueIn === null ? null : NOW + dueIn,
  ended: null,
  verdicts: { external: verdict, server: verdict, device: verdict },
  verdict,
  reasons: [],
})

const row = (id: string, clocks: Clock[], next: Clock['kind'] | null, arrival: Verdict = 'running', stage = 'under_way'): WorkOrderRow =>
  ({
    work_order: { id, report: { at: { wall: NOW - id.length * MIN } } },
    judgement: { stage: { name: stage }, clocks, presence: [], arrival: { verdict: arrival, reasons: [] }, next },
    terminal_name: '',
    site_name: '',
    technician_name: null,
  }) as unknown as WorkOrderRow

const late = row('late', [clock('arrival', 'running', -5 * MIN)], 'arrival')
const soon = row('soon', [clock('arrival', 'running', 12 * MIN)], 'arrival')
const open = row('open', [clock('repair', 'running', null)], 'repair')
const waiting = row('waiting', [clock('arrival', 'met', -60 * MIN)], null, 'met', 'restored')
const done = row('done', [clock('arrival', 'met', -60 * MIN)], null, 'cannot_tell', 'evaluated')

describe('the order of the desk', () => {
  it('is by time left, then without limit, then awaiting evaluation, then finished', () => {
    const ids = byTimeLeft([done, open, waiting, soon, late], NOW).map((found) => found.work_order.id)
    expect(ids).toEqual(['late', 'soon', 'open', 'waiting', 'done'])
  })
})

describe('a verdict in the table', () => {
  it('turns to overdue at the very second the limit passes', () => {
    expect(verdictOf(soon, 'arrival', NOW + 12 * MIN)).toBe('running')
    expect(verdictOf(soon, 'arrival', NOW + 12 * MIN + 1)).toBe('overdue')
  })
  it('for arrival is the judgement of time and presence, not of the clock alone', () => {
    expect(verdictOf(done, 'arrival', NOW)).toBe('cannot_tell')
  })
  it('is none for a clock that never started', () => {
    expect(verdictOf(late, 'repair', NOW)).toBe('none')
  })
})

describe('views and counts', () => {
  it('put a work order past its limit under breached and an unsure one under cannot tell', () => {
    const rows = [late, soon, open, waiting, done]
    expect(rows.filter((found) => isInView(found, 'breached', NOW))).toEqual([late])
    expect(rows.filter((found) => isInView(found, 'cannot_tell', NOW))).toEqual([done])
  })
  it('never count cannot tell as met', () => {
    expect(tally([late, soon, waiting, done], 'arrival', NOW)).toEqual({ met: 1, breached: 0, cannot_tell: 1, running: 1, overdue: 1 })
  })
})

describe('a refresh under a focused row', () => {
  it('replaces rows where they stand, drops vanished ones and lets new ones wait', () => {
    const fresher = { ...soon, site_name: 'new' }
    const { rows, waiting: count } = keepPlaces([late, soon, open], [waiting, fresher, late])
    expect(rows.map((found) => found.work_order.id)).toEqual(['late', 'soon', 'waiting'])
    expect(rows[1]!.site_name).toBe('new')
    expect(count).toBe(1)
  })
})
