import { describe, expect, it } from 'vitest'
import type { Judgement, WorkOrder } from '../../../domain/types'
import { awaitsEvaluation, goodLink, isEnded, makerOf } from './link'

const link = (name: string, expires_at: number) => ({ link: name, expires_at, shown: 's', by: 'P-1' })
const doc = (more: object): WorkOrder => ({ evaluations: [], ...more }) as unknown as WorkOrder
const judged = (name: string): Judgement => ({ stage: { name } }) as Judgement

describe('links', () => {
  it('are good up to and including their last instant', () => {
    const one = doc({ links: [link('a', 10)] })
    expect([9, 10, 11].map((now) => goodLink(one, now)?.link)).toEqual(['a', 'a', undefined])
  })

  it('end when they are used or taken back, each for itself', () => {
    const links = [link('a', 10), link('b', 10), link('c', 10)]
    const one = doc({ links, link_ends: [{ link: 'c' }], evaluations: [{ link: 'b' }] })
    expect(['a', 'b', 'c'].map((name) => isEnded(one, name))).toEqual([false, true, true])
    expect(goodLink(one, 5)?.link).toBe('a')
    expect(goodLink(doc({}), 5)).toBeNull()
  })

  it('are wanted while something waits for its evaluation', () => {
    const stages = ['on_site', 'restored', 'evaluated', 'reopened', 'closed_unevaluated']
    expect(stages.filter((stage) => awaitsEvaluation(judged(stage)))).toEqual(['restored', 'closed_unevaluated'])
  })

  it('say who made them, and a phone needs none', () => {
    const one = doc({ links: [link('a', 10)] })
    const through = (name?: string) => makerOf(one, { link: name } as WorkOrder['evaluations'][number])
    expect([through('a')?.by, through('z'), through()]).toEqual(['P-1', null, null])
  })
})
