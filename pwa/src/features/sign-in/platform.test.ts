import { describe, expect, it } from 'vitest'
import { isWeChat, safeNext } from './platform'

describe('the page after signing in', () => {
  it.each([
    ['/work-orders/WO-1', '/work-orders/WO-1'],
    ['/', '/'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['https://evil.example', '/'],
    [undefined, '/'],
    [['/me'], '/'],
  ])('%j leads to %s', (next, expected) => {
    expect(safeNext(next)).toBe(expected)
  })
})

it('knows WeChat by its own name', () => {
  expect(isWeChat('Mozilla/5.0 (Linux; Android 13) MicroMessenger/8.0.42')).toBe(true)
  expect(isWeChat('Mozilla/5.0 (iPhone) Version/17.0 Mobile Safari/604.1')).toBe(false)
})
