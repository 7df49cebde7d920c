/** A work order as the server sends it. */
import type { Moment, Policy, Site, Terminal, WorkOrder } from '../../src/domain/types'
import policyFile from './policy.json'

export const WO = 'WO-20261124-0001'
export const TERMINAL = 'SZ-FT-012344'

/** The policy of October 2024 as the server sends it, and the name the rules give it. */
const policy: Policy = policyFile
export const POLICY = '24376ff71f19d84c22006ff5b76b183fdf0cb172f8e796162cb9ab49d881004d'

export const policies = [{ digest: POLICY, valid_from: 1_727_712_000_000, policy }]

const at: Moment = {
  ...{ event: '11'.repeat(32), dev: '22'.repeat(16), seq: 1, sid: '33'.repeat(8), mono: 0, wall: 1_789_999_000_000 },
  bounds: {
    b: { earliest: 1_789_999_000_000, latest: 1_789_999_000_000 },
    c: { earliest: 1_789_999_000_000, latest: 1_789_999_000_000 },
    clock_conflict: false,
  },
}

export const workOrder = (id = WO, change: Partial<WorkOrder> = {}): WorkOrder => ({
  ...{ id, terminal: TERMINAL, site: 'S-FT-01', district: 'FT', provider: 'O-1', site_unit: 'O-2' },
  ...{ policy: POLICY, terminal_version: 1 },
  report: {
    ...{ at, by: 'public', channel: 'hotline', fault: 'HW-1', level: 'general', text: '黑屏' },
    ...{ occurred_at: null, reporter_c: null },
  },
  ...{ assignments: [], responses: [], set_outs: [], scans: [], codes: [], followers: [], visits: [], work: [], photos: [], notes: [] },
  ...{ restored: [], evaluations: [], heads: { [at.dev]: 1 } },
  ...change,
})

export const terminal: Terminal = {
  ...{ id: TERMINAL, site: 'S-FT-01', model: 'X1', name: '福田 1 号', version: 1, lat_e7: 225_431_000 },
  ...{ lng_e7: 1_140_579_000, radius_cm: null, provider: 'O-1', authority: 'O-3' },
}

export const site: Site = {
  ...{ id: 'S-FT-01', district: 'FT', name: '福田政务大厅', address: '', lat_e7: 225_431_000, lng_e7: 1_140_579_000 },
  ...{ radius_cm: null, phone: '', hours: '', managers: [], unit: 'O-2' },
}
