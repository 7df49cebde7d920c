import { describe, expect, it } from 'vitest'
import { judgement, view, workOrder } from '../workOrder.fixture'
import { outcomeOf } from './outcome'

const here = 'SZ-FT-012344'
const other = 'SZ-FT-000018'
const order = (id: string, stage: Parameters<typeof judgement>[0], terminal = here) =>
  view(workOrder({ id, terminal }), judgement(stage))

describe('a scanned terminal', () => {
  it('of the wanted work order leads to its check-in', () => {
    expect(outcomeOf(here, [order('A', 'under_way')], 'A')).toEqual({ kind: 'check_in', wo: 'A' })
  })

  it('of another work order names both terminals', () => {
    expect(outcomeOf(other, [order('A', 'under_way')], 'A')).toEqual({ kind: 'wrong', wo: 'A', expected: here })
  })

  it('with one work order that waits for arrival leads straight there', () => {
    expect(outcomeOf(here, [order('A', 'under_way'), order('B', 'assigned', other)], null)).toEqual({ kind: 'check_in', wo: 'A' })
  })

  it.each([
    ['already on site', [order('A', 'on_site')], ['A']],
    ['two open ones', [order('A', 'assigned'), order('B', 'under_way')], ['A', 'B']],
    ['only a done one', [order('A', 'evaluated')], []],
    ['none', [], []],
  ])('%s: shows the terminal and its open work orders', (_name, views, ids) => {
    const outcome = outcomeOf(here, views, null)
    expect(outcome.kind === 'terminal' && outcome.orders.map((one) => one.doc.id)).toEqual(ids)
  })

  it('falls back to the terminal when the wanted work order is not on this phone', () => {
    expect(outcomeOf(here, [], 'gone').kind).toBe('terminal')
  })
})
