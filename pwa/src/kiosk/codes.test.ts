import { describe, expect, it } from 'vitest'
import { digitsOf, fromBase64Url, offlineText, stepAt } from './codes'

const secret = new TextEncoder().encode('12345678901234567890123456789012')

describe('a code without network', () => {
  it.each([
    [59, '46119246'],
    [1_111_111_109, '68084774'],
    [1_111_111_111, '67062674'],
    [1_234_567_890, '91819424'],
    [2_000_000_000, '90698825'],
    [20_000_000_000, '77737706'],
  ])('at %i s is the one of RFC 6238', async (seconds, digits) => {
    expect(await digitsOf(secret, stepAt(seconds * 1000, 30_000))).toBe(digits)
  })

  it('names its step, so that the server need not search', async () => {
    const base64url = btoa('12345678901234567890123456789012').replace(/=+$/, '')
    const offline = { secret: base64url, step_ms: 30_000, prefix: 'https://x/t/SZ-FT-012344?o=' }
    expect(await offlineText(offline, 59_999)).toBe('https://x/t/SZ-FT-012344?o=1-46119246')
  })

  it('reads base64url without padding', () => {
    expect([...fromBase64Url('-_8')]).toEqual([0xfb, 0xff])
  })
})
