import { describe, expect, it } from 'vitest'
import type { Judgement } from '../../domain/types'
import { byDeadline, deadlineOf, filtered } from './deadline'
import { clock, judgement, ME, moment, view, visit, workOrder } from '../workOrder.fixture'

const MINUTE = 60_000
const noon = Date.parse('2026-11-24T12:00:00+08:00')
const arrival = (due: number | null) => judgement('responded', [clock({ due_at: due })])
const judged = (judgement: Judgement) => ({ doc: workOrder(), judgement })

describe('the next deadline', () => {
  it.each([
    ['well before', 72 * MINUTE, 'calm'],
    ['one millisecond more than half an hour', 30 * MINUTE + 1, 'calm'],
    ['half an hour', 30 * MINUTE, 'soon'],
    ['at the limit itself', 0, 'soon'],
    ['one millisecond late', -1, 'overdue'],
  ] as const)('%s', (_name, leftMs, urgency) => {
    expect(deadlineOf(judged(arrival(noon)), noon - leftMs)).toMatchObject({ kind: 'arrival', clause: '9.2 a', leftMs, urgency })
  })

  it('does not call a ten minute limit near from its first second', () => {
    const severe = judged(judgement('assigned', [clock({ kind: 'response', limit_minutes: 10, due_at: noon })]))
    expect(deadlineOf(severe, noon - 10 * MINUTE)?.urgency).toBe('calm')
    expect(deadlineOf(severe, noon - 3 * MINUTE)?.urgency).toBe('soon')
  })

  it('keeps a clock without a limit, and says so by having no time left', () => {
    expect(deadlineOf(judged(arrival(null)), noon)).toMatchObject({ dueAt: null, leftMs: null, urgency: 'calm' })
  })

  it('runs from the phone’s own time while nothing proves the arrival', () => {
    const unproven = clock({ kind: 'repair', clause: '9.3 b', limit_minutes: 720, due_at: 720 * MINUTE, started: { earliest: 0, latest: 9e15 } })
    const view = { doc: workOrder({ visits: [visit(noon)] }), judgement: judgement('on_site', [unproven]) }
    expect(deadlineOf(view, noon)).toMatchObject({ kind: 'repair', dueAt: noon + 720 * MINUTE, urgency: 'calm' })
  })

  it('is absent when no clock runs', () => {
    expect(deadlineOf(judged(judgement('restored')), noon)).toBeNull()
  })

  it('is absent when the named clock has ended', () => {
    const ended = { a: null, b: { earliest: 0, latest: 1 }, c: { earliest: 0, latest: 1 }, claimed: 1 }
    expect(deadlineOf(judged(judgement('on_site', [clock({ due_at: noon, ended })])), noon)).toBeNull()
  })
})

describe('the list', () => {
  const near = view(workOrder({ id: 'WO-near' }), arrival(noon))
  const overdue = view(workOrder({ id: 'WO-overdue' }), arrival(noon - 60 * MINUTE))
  const tomorrow = view(workOrder({ id: 'WO-tomorrow' }), arrival(noon + 24 * 60 * MINUTE))
  const open = view(workOrder({ id: 'WO-open' }), arrival(null))
  const waiting = view(workOrder({ id: 'WO-waiting' }), judgement('restored'))
  const done = view(workOrder({ id: 'WO-done' }), judgement('evaluated'))
  const closed = view(workOrder({ id: 'WO-closed', report: { ...done.doc.report, at: moment(1) } }), judgement('closed_unevaluated'))
  const older = view(
    workOrder({ id: 'WO-older', report: { ...done.doc.report, at: moment(5) } }),
    judgement('evaluated'),
  )
  const given = [{ at: moment(9), by: 'P-0002', technician: 'P-0099', reason: null }]
  const theirs = view(workOrder({ id: 'WO-theirs', assignments: given, report: { ...done.doc.report, at: moment(2) } }), arrival(noon))
  const everything = [theirs, older, closed, done, open, tomorrow, waiting, near, overdue]
  const ids = (filter: 'today' | 'all' | 'done') => filtered(everything, filter, ME, noon - MINUTE).map((one) => one.doc.id)

  it('puts the nearest deadline first and work that is done last', () => {
    expect([...everything].sort(byDeadline(ME)).map((one) => one.doc.id)).toEqual([
      'WO-overdue', 'WO-near', 'WO-tomorrow', 'WO-waiting', 'WO-open', 'WO-done', 'WO-older', 'WO-theirs', 'WO-closed',
    ])
  })

  it('shows today without what is due later, but never hides overdue or open-ended work', () => {
    expect(ids('today')).toEqual(['WO-overdue', 'WO-near', 'WO-waiting', 'WO-open'])
  })

  it('shows every open work order under all, and evaluated ones only under done', () => {
    expect(ids('all')).toEqual(['WO-overdue', 'WO-near', 'WO-tomorrow', 'WO-waiting', 'WO-open'])
    expect(ids('done')).toEqual(['WO-done', 'WO-older', 'WO-theirs', 'WO-closed'])
  })
})
