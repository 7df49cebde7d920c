import { describe, expect, it } from 'vitest'
import type { DeliveryRow, NewChannel } from '../api'
import { emptyChannel, formOf, mayTryAgain, organisations, trouble } from './channels'

const reason = { code: 'receiver_broken', zh: '接收方出错', en: 'The receiver failed' }
const row = (state: DeliveryRow['state'], attempts: DeliveryRow['attempts']): DeliveryRow => ({
  id: 'msg_1',
  channel: 'ch_1',
  channel_name: '值班群',
  kind: 'wecom',
  org_name: '科达',
  work_order: null,
  title_zh: '渠道测试',
  title_en: 'Channel test',
  state,
  made_at: 1,
  next_at: null,
  attempts,
})

describe('formOf', () => {
  const draft = (): NewChannel => ({ ...emptyChannel(null), kind: 'dingtalk', name: ' 值班群 ', address: ' https://a.cn/?access_token=1 ', secret: ' SEC1 ' })
  it('is what was typed, without spaces around it', () => {
    expect(formOf(draft())).toEqual({ ...draft(), name: '值班群', address: 'https://a.cn/?access_token=1', secret: 'SEC1' })
  })
  it('waits for everything that is needed', () => {
    for (const spoil of [{ name: ' ' }, { address: '' }, { secret: '' }, { topics: [] }]) expect(formOf({ ...draft(), ...spoil })).toBeNull()
  })
  it('sends no secret where the kind has none', () => {
    expect(formOf({ ...draft(), kind: 'webhook' })?.secret).toBe('')
  })
})

describe('a delivery', () => {
  it('is in trouble by its last attempt, until it has arrived', () => {
    const failed = { at: 1, reason, number: 'HTTP 500' }
    expect(trouble(row('waiting', []))).toBeNull()
    expect(trouble(row('failed', [failed]))).toEqual(failed)
    expect(trouble(row('sent', [failed, { at: 2, reason: null, number: null }]))).toBeNull()
  })
  it('is tried again by hand when nobody else does it now', () => {
    expect((['waiting', 'failed', 'sent', 'given_up'] as const).filter((state) => mayTryAgain(row(state, [])))).toEqual(['failed', 'given_up'])
  })
})

it('organisations are named once', () => {
  const [a, b] = [{ org: 'O-B', org_name: '乙' }, { org: 'O-A', org_name: '甲' }]
  expect(organisations([a, b, a]).map(({ org }) => org).sort()).toEqual(['O-A', 'O-B'])
})
