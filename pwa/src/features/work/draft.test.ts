import { describe, expect, it } from 'vitest'
import { work, workOrder } from '../workOrder.fixture'
import { bodyOf, isDraft, isRecorded, missingIn, startOf, withPhrase, type WorkDraft } from './draft'

const full: WorkDraft = {
  mode: 'on_site', fault: 'HW-1', repair_class: 'ordinary', cause: '内存松动', action: '重插内存', parts: [],
}

describe('a work draft', () => {
  it('starts from the reported fault and chooses no repair class for the person', () => {
    expect(startOf(workOrder(), 'on_site')).toMatchObject({ fault: 'HW-1', repair_class: null, action: '' })
  })

  it('goes on from the last record', () => {
    const recorded = { ...work(5_000), parts: [{ name: '硬盘', quantity: 1, serial: null }] }
    expect(startOf(workOrder({ work: [recorded] }), 'on_site').parts).toEqual([{ name: '硬盘', quantity: 1, serial: '' }])
  })

  it.each<[string, Partial<WorkDraft>, string[]]>([
    ['nothing', {}, []],
    ['no class', { repair_class: null }, ['repair_class']],
    ['a class that remote work cannot have', { mode: 'remote', repair_class: 'hardware_part' }, ['repair_class']],
    ['only spaces', { cause: '  ', action: '\n' }, ['cause', 'action']],
    ['a part without a name', { parts: [{ name: ' ', quantity: 1, serial: '' }] }, ['part']],
  ])('misses %s', (_name, change, missing) => {
    expect(missingIn({ ...full, ...change })).toEqual(missing)
  })

  it('records an empty serial as none, and trims', () => {
    const body = bodyOf({ ...full, action: ' 换硬盘 ', parts: [{ name: ' 硬盘 ', quantity: 2, serial: ' ' }] })
    expect(body).toMatchObject({ action: '换硬盘', parts: [{ name: '硬盘', quantity: 2, serial: null }] })
  })

  it('is not recorded twice when nothing changed', () => {
    const body = bodyOf(full)
    const doc = workOrder({ work: [{ ...work(5_000), ...body }] })
    expect(isRecorded(doc, body)).toBe(true)
    expect(isRecorded(doc, { ...body, action: '换硬盘' })).toBe(false)
    expect(isRecorded(workOrder(), body)).toBe(false)
  })

  it('is told from anything else that a store may hold', () => {
    expect(isDraft({ ...full, parts: [] })).toBe(true)
    expect([null, 'text', [], {}, { mode: 'remote' }].map((value) => isDraft(value as never))).toEqual([false, false, false, false, false])
  })
})

describe('a phrase', () => {
  it.each([
    ['into nothing', '', '重启主机', '重启主机'],
    ['behind other words', '已断电 ', '重启主机', '已断电；重启主机'],
    ['only once', '重启主机', '重启主机', '重启主机'],
  ])('%s', (_name, text, phrase, expected) => {
    expect(withPhrase(text, phrase)).toBe(expected)
  })
})
