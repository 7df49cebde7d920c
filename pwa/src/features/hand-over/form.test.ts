import { describe, expect, it } from 'vitest'
import type { Ink, Site, Summary } from '../../domain/types'
import { bodyOf, isForm, missingIn, startOf, type HandOverForm } from './form'

const site = (managers: Site['managers']) => ({ name: '福田政务大厅', managers }) as Site
const line: Ink = { width: 300, height: 150, strokes: [[{ x: 0, y: 0, t: 0 }, { x: 90, y: 0, t: 50 }]] }
const full: HandOverForm = {
  resolved: true, stars: 5, tags: [], remark: ' ', person: null, name: '陈主任', phone: '', unit: '福田政务大厅', ink: line,
}

describe('the hand-over form', () => {
  it('rates and resolves nothing by itself', () => {
    expect(startOf(site([]))).toMatchObject({ stars: null, resolved: null, tags: [], name: '', unit: '福田政务大厅' })
  })

  it('takes the only registered manager, and lets a person choose among several', () => {
    const one = { person: 'P-0100', name: '陈主任' }
    expect(startOf(site([one]))).toMatchObject({ person: 'P-0100', name: '陈主任' })
    expect(startOf(site([one, { person: 'P-0101', name: '林工' }]))).toMatchObject({ person: null, name: '' })
  })

  it.each<[string, Partial<HandOverForm>, string[]]>([
    ['nothing', {}, []],
    ['the answer', { resolved: null }, ['resolved']],
    ['the stars', { stars: null }, ['stars']],
    ['a name of spaces', { name: ' ' }, ['name']],
    ['the unit', { unit: '' }, ['unit']],
    ['the ink', { ink: null }, ['ink']],
    ['more than a dot', { ink: { ...line, strokes: [[{ x: 5, y: 5, t: 0 }]] } }, ['ink']],
  ])('misses %s', (_name, change, missing) => {
    expect(missingIn({ ...full, ...change })).toEqual(missing)
  })

  it('becomes a body that holds commitments, not names', () => {
    const shown = { summary: { wo: 'WO-1' } as Summary, shown: 'hash' }
    const body = bodyOf(full, shown, ['态度好'], { signer: { c: 's' }, ink: { c: 'i' } })
    expect(body).toEqual({
      summary: { wo: 'WO-1' }, shown: 'hash', stars: 5, resolved: true, tags: ['态度好'], remark: '',
      unit: '福田政务大厅', signer: { c: 's' }, signer_person: null, ink: { c: 'i' },
    })
    expect(JSON.stringify(body)).not.toContain('陈主任')
  })

  it('is told from anything else that a store may hold', () => {
    expect(isForm(full as never)).toBe(true)
    expect([null, [], 'x', {}, { name: 'a' }].map((value) => isForm(value as never))).toEqual([false, false, false, false, false])
  })
})
