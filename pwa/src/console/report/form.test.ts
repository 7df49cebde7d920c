import { describe, expect, it } from 'vitest'
import { blank, complaints, formOf } from './form'

const NOW = Date.UTC(2026, 10, 24, 4, 0, 0)
const good = { ...blank(), terminal: 'SZ-FT-012344', fault: 'HW-1', text: '蓝屏无法打印' }

describe('a report', () => {
  it('names everything that is missing, in the order of the page', () => {
    expect([...complaints(blank(), NOW).keys()]).toEqual(['terminal', 'fault', 'text'])
    expect(complaints(good, NOW).size).toBe(0)
  })
  it.each([
    ['0755-8300 1000', true],
    ['+86 138 0013 8000', true],
    ['12345', false],
    ['call me maybe', false],
  ])('phone %s is fine: %s', (phone, fine) => {
    expect(complaints({ ...good, phone }, NOW).has('phone')).toBe(!fine)
  })
  it('cannot have happened in the future, counted in Shenzhen time', () => {
    expect(complaints({ ...good, occurred: '2026-11-24T12:00' }, NOW).has('occurred')).toBe(false)
    expect(complaints({ ...good, occurred: '2026-11-24T12:01' }, NOW).get('occurred')).toBe('occurred_future')
  })
  it('sends null for what was left empty', () => {
    expect(formOf({ ...good, text: '  蓝屏无法打印 ' })).toEqual({
      terminal: 'SZ-FT-012344',
      fault: 'HW-1',
      text: '蓝屏无法打印',
      reporter_name: null,
      reporter_phone: null,
      occurred_at: null,
      technician: null,
    })
  })
})
