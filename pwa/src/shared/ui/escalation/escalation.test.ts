import { describe, expect, it } from 'vitest'
import type { Clock, ClockKind, Judgement, Rung, WorkOrder } from '../../../domain/types'
import { highest, rungKey, standsIn } from './escalation'

const alert = (clock: ClockKind, rung: Rung, to: string[] = []) => ({ clock, rung, due_at: 0, to, by: 'system', at: {} })
const doc = (alerts: unknown[], technician = 'P-1'): WorkOrder => ({ alerts, assignments: [{ technician }] }) as unknown as WorkOrder
const judged = (running: ClockKind[], stage = 'assigned'): Judgement =>
  ({
    stage: { name: stage },
    clocks: (['response', 'arrival', 'repair'] as const).map((kind) => ({ kind, ended: running.includes(kind) ? null : {} }) as Clock),
  }) as unknown as Judgement

describe('highest', () => {
  const all = [alert('response', 'warning'), alert('response', 'overdue'), alert('response', { leader: 2 }), alert('arrival', 'warning')]
  it('is the step that reaches highest among clocks that run', () => {
    expect(highest(doc(all), judged(['response', 'arrival']))?.rung).toEqual({ leader: 2 })
    expect(highest(doc(all), judged(['arrival']))?.clock).toBe('arrival')
    expect(highest(doc(all), judged([]))).toBeUndefined()
  })
  it('is nothing for a finished work order, and where nothing was said', () => {
    expect(highest(doc(all), judged(['response'], 'evaluated'))).toBeUndefined()
    expect(highest({ assignments: [] } as unknown as WorkOrder, judged(['response']))).toBeUndefined()
  })
})

describe('standsIn', () => {
  it('is whoever was told of somebody else’s work order', () => {
    const step = alert('response', 'overdue', ['P-1', 'P-2']) as never
    expect(standsIn(doc([]), step, 'P-2')).toBe(true)
    expect(standsIn(doc([]), step, 'P-1')).toBe(false)
    expect(standsIn(doc([]), step, 'P-3')).toBe(false)
  })
})

describe('rungKey', () => {
  it('tells the first leader from those above', () => {
    expect((['warning', 'overdue', { leader: 1 }, { leader: 2 }] as Rung[]).map(rungKey)).toEqual(['warning', 'overdue', 'leader', 'leader_above'])
  })
})
