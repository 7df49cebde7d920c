import { describe, expect, it } from 'vitest'
import type { Moment, WorkOrder } from '../../domain/types'
import { timelineOf } from './timeline'

const MIN = 60_000
const at = (dev: string, seq: number, wall: number, latest = wall): Moment => ({
  event: `${dev}${seq}`,
  dev,
  seq,
  sid: '',
  mono: 0,
  wall,
  bounds: { b: { earliest: latest, latest }, c: { earliest: latest, latest }, clock_conflict: false },
})

function order(changes: Partial<WorkOrder>): WorkOrder {
  const report = { at: at('server', 1, 0), by: 'P-0021', channel: 'hotline', fault: 'HW-1', level: 'severe', text: '', occurred_at: null }
  const none = { assignments: [], responses: [], set_outs: [], visits: [], work: [], photos: [], notes: [], restored: [], evaluations: [] }
  return { report, ...none, ...changes } as unknown as WorkOrder
}

describe('the course of a work order', () => {
  it('merges the desk and the phone by when things can have happened, not by what the phone claims', () => {
    const doc = order({
      assignments: [{ at: at('server', 2, 90 * MIN), by: 'P-0021', technician: 'P-0012', reason: '换人' }],
      responses: [{ at: at('phone', 5, 500 * MIN, 5 * MIN), by: 'P-0012', how: 'called' }],
      set_outs: [{ at: at('phone', 6, -60 * MIN, 100 * MIN), by: 'P-0012' }],
    })
    expect(timelineOf(doc).map((entry) => entry.kind)).toEqual(['reported', 'responded', 'assigned', 'set_out'])
  })
  it('keeps a phone’s own numbering although its clock went back', () => {
    const doc = order({
      set_outs: [{ at: at('phone', 6, 60 * MIN), by: 'P-0012' }],
      restored: [{ at: at('phone', 9, 10 * MIN), by: 'P-0012' }],
    })
    expect(timelineOf(doc).map((entry) => entry.kind)).toEqual(['reported', 'set_out', 'restored'])
  })
  it('says a burst of photos in one line and a later one in another', () => {
    const photo = (seq: number, wall: number) => ({ at: at('phone', seq, wall), by: 'P-0012' })
    const doc = order({ photos: [photo(3, MIN), photo(4, 2 * MIN), photo(9, 60 * MIN)] as WorkOrder['photos'] })
    const runs = timelineOf(doc).filter((entry) => entry.kind === 'photos')
    expect(runs.map((entry) => entry.count)).toEqual([2, 1])
  })
})
