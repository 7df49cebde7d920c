import { expect, it } from 'vitest'
import type { Place } from '../api/types'
import type { Site, Terminal } from '../domain/types'
import { differs, managersOf } from './place'

const one = { person: 'P-1', name: '陈静', phone: '139' }
const two = { person: 'P-2', name: '李明', phone: '138' }
const site = { id: 'S-1', name: '大厅', address: '路 1 号', lat_e7: 1, lng_e7: 2, radius_cm: 15_000, managers: [one] } as unknown as Site
const terminal = { id: 'SZ-FT-000123', site: 'S-1', name: 'T1', lat_e7: 3, lng_e7: 4, radius_cm: null } as unknown as Terminal
const born: Place = { terminal, site }

it('lets both sign, who was registered at the report and who has been since', () => {
  const now = { ...site, managers: [two] }
  expect(managersOf(site, now).map(({ person }) => person)).toEqual(['P-2', 'P-1'])
  expect(managersOf(site, site)).toEqual([one])
  expect(managersOf(undefined, now)).toEqual([two])
  expect(managersOf(site, undefined)).toEqual([one])
  expect(managersOf(undefined, undefined)).toEqual([])
})

it('finds what moves somebody, or the fence, and nothing else', () => {
  expect(differs(born, { terminal: { ...terminal }, site: { ...site, managers: [], phone: '110' } })).toBe(false)
  expect(differs(born, { terminal: { ...terminal, lng_e7: 5 }, site })).toBe(true)
  expect(differs(born, { terminal, site: { ...site, address: '路 2 号' } })).toBe(true)
  expect(differs(born, { terminal, site: { ...site, radius_cm: 15_001 } })).toBe(true)
  // The terminal's own radius stands before the site's.
  const own = { ...terminal, radius_cm: 15_000 }
  expect(differs(born, { terminal: own, site })).toBe(false)
  expect(differs({ terminal: own, site }, { terminal: own, site: { ...site, radius_cm: 9 } })).toBe(false)
})
