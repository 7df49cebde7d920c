import { describe, expect, it } from 'vitest'
import type { StageName, WorkOrder } from '../../domain/types'
import { historyOf } from './history'
import { nextDeed, stepsOf } from './steps'
import { evaluation, judgement, ME, moment, visit, work, workOrder } from '../workOrder.fixture'

const response = { at: moment(2_000), by: ME, how: 'accepted' as const }
const setOut = { at: moment(3_000), by: ME }
const restored = { at: moment(6_000), by: ME }
const states = (doc: Parameters<typeof stepsOf>[0]) => stepsOf(doc).map((step) => step.state)

describe('steps', () => {
  it('starts with the response', () => {
    expect(states(workOrder())).toEqual(['current', 'later', 'later', 'later', 'later', 'later'])
  })

  it('goes on after each fact', () => {
    const doc = workOrder({ responses: [response], set_outs: [setOut], visits: [visit(4_000)] })
    expect(states(doc)).toEqual(['done', 'done', 'done', 'current', 'later', 'later'])
  })

  it('skips the journey of a remote repair', () => {
    const doc = workOrder({ responses: [response], work: [work(4_000, 'remote')], restored: [restored] })
    expect(states(doc)).toEqual(['done', 'skipped', 'skipped', 'done', 'done', 'current'])
  })

  it('shows a check-in without setting out as it was', () => {
    expect(states(workOrder({ responses: [response], visits: [visit(4_000)] }))[1]).toBe('skipped')
  })

  it('starts the journey again after an evaluation that says not resolved', () => {
    const doc = workOrder({
      responses: [response], set_outs: [setOut], visits: [visit(4_000, ME, 4_500)], work: [work(5_000)],
      restored: [restored], evaluations: [evaluation(7_000, false)],
    })
    expect(states(doc)).toEqual(['done', 'current', 'later', 'later', 'later', 'later'])
  })
})

describe('the next deed', () => {
  const here = workOrder({ responses: [response], set_outs: [setOut], visits: [visit(4_000)] })
  const left = workOrder({ responses: [response], set_outs: [setOut], visits: [visit(4_000, ME, 4_500)] })

  it.each<[string, StageName, WorkOrder, string]>([
    ['nobody named', 'reported', workOrder(), 'respond'],
    ['assigned', 'assigned', workOrder(), 'respond'],
    ['accepted', 'responded', workOrder({ responses: [response] }), 'set_out'],
    ['on the way', 'under_way', workOrder({ responses: [response], set_outs: [setOut] }), 'check_in'],
    ['on site without a response', 'on_site', { ...here, responses: [] }, 'respond'],
    ['on site', 'on_site', here, 'work'],
    ['left to fetch a part', 'responded', left, 'set_out'],
    ['on the way a second time', 'responded', { ...left, set_outs: [setOut, { at: moment(5_000), by: ME }] }, 'check_in'],
    ['repaired', 'restored', here, 'hand_over'],
    ['not resolved, still there', 'reopened', { ...here, evaluations: [evaluation(7_000, false)] }, 'work'],
    ['not resolved, and gone', 'reopened', { ...left, evaluations: [evaluation(7_000, false)] }, 'set_out'],
  ])('%s (%s)', (_name, stage, doc, deed) => {
    expect(nextDeed(doc, judgement(stage), ME)).toBe(deed)
  })

  it('after the evaluation is to leave, once', () => {
    expect(nextDeed(workOrder({ visits: [visit(4_000)] }), judgement('evaluated'), ME)).toBe('leave')
    expect(nextDeed(workOrder({ visits: [visit(4_000, ME, 8_000)] }), judgement('evaluated'), ME)).toBeNull()
    expect(nextDeed(workOrder({ visits: [visit(4_000, ME, 8_000)] }), judgement('closed_unevaluated'), ME)).toBeNull()
  })

  it('is nothing once the work order was given to another, except leaving the site', () => {
    const given = { at: moment(9_000), by: 'P-0002', technician: 'P-0099', reason: null }
    const elsewhere = workOrder({ assignments: [given] })
    expect(nextDeed(elsewhere, judgement('under_way'), ME)).toBeNull()
    expect(nextDeed({ ...elsewhere, visits: [visit(4_000)] }, judgement('on_site'), ME)).toBe('leave')
  })
})

describe('the history', () => {
  it('holds every fact once, newest first', () => {
    const doc = workOrder({
      responses: [response], set_outs: [setOut], visits: [visit(4_000, ME, 8_000)], work: [work(5_000)],
      restored: [restored], evaluations: [evaluation(7_000, true)], notes: [{ at: moment(4_100), by: ME, text: '缺件' }],
    })
    expect(historyOf(doc).map((item) => item.kind)).toEqual([
      'left_site', 'evaluated', 'restored', 'work_recorded', 'noted', 'checked_in', 'set_out', 'responded', 'assigned',
      'reported',
    ])
  })
})
