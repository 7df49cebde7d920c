/** Work orders for tests: one builder, so that a test says only what matters to it. */
import type { Clock, Judgement, Moment, StageName, WorkOrder } from '../domain/types'
import type { WorkOrderView } from '../ports'

const unknown = { earliest: 0, latest: Number.MAX_SAFE_INTEGER }
let seq = 0

export function moment(wall: number): Moment {
  seq += 1
  return { event: `event-${seq}`, dev: 'dev', seq, sid: 'sid', mono: 0, wall, bounds: { b: unknown, c: unknown, clock_conflict: false } }
}

export const ME = 'P-0012'

export function workOrder(changes: Partial<WorkOrder> = {}): WorkOrder {
  return {
    id: 'WO-20261124-0001',
    terminal: 'SZ-FT-012344',
    site: 'S-FT-01',
    district: 'FT',
    provider: 'O-1',
    site_unit: 'O-2',
    policy: 'policy',
    terminal_version: 1,
    report: {
      at: moment(1_000), by: 'P-0002', channel: 'hotline', fault: 'HW-1', level: 'severe', text: '', occurred_at: null, reporter_c: null,
    },
    assignments: [{ at: moment(1_001), by: 'P-0002', technician: ME, reason: null }],
    responses: [],
    set_outs: [],
    scans: [],
    codes: [],
    followers: [],
    visits: [],
    work: [],
    photos: [],
    notes: [],
    restored: [],
    evaluations: [],
    heads: {},
    ...changes,
  }
}

export function visit(wall: number, by = ME, left: number | null = null): WorkOrder['visits'][number] {
  return {
    check_in: {
      at: moment(wall), by, terminal: 'SZ-FT-012344', scan: null, fixes: [], fixes_c: null, no_fix: null, reason: null,
      prior: null,
    },
    left: left === null ? null : moment(left),
  }
}

export function work(wall: number, mode: 'remote' | 'on_site' = 'on_site'): WorkOrder['work'][number] {
  return { at: moment(wall), by: ME, mode, fault: 'HW-1', repair_class: 'ordinary', cause: '', action: 'a', parts: [] }
}

export function evaluation(wall: number, resolved: boolean): WorkOrder['evaluations'][number] {
  return {
    at: moment(wall), by: ME, summary: {} as never, shown: 'x', stars: 5, resolved, tags: [], remark: '', unit: 'u',
    signer_person: null, signer_c: 'c', ink_c: 'c',
  }
}

export function clock(changes: Partial<Clock>): Clock {
  return {
    kind: 'arrival',
    clause: '9.2 a',
    limit_minutes: 180,
    started: { earliest: 1, latest: 1 },
    started_external: null,
    due_at: 0,
    ended: null,
    verdicts: { external: 'running', server: 'running', device: 'running' },
    verdict: 'running',
    reasons: [],
    ...changes,
  }
}

export function judgement(stage: StageName, clocks: Clock[] = []): Judgement {
  return {
    stage: { name: stage },
    clocks,
    presence: [],
    arrival: { verdict: 'running', reasons: [], visit: null },
    next: clocks[0]?.kind ?? null,
  }
}

export function view(doc: WorkOrder, judged: Judgement): WorkOrderView {
  return {
    doc, judgement: judged, terminal: {} as never, site: {} as never, moved: null, unsent: 0, epsilon_ms: 1_000, photos: { sent: 0, total: 0 }, refused: [],
  }
}
