/** A phone as the list of devices says it. */
import type { Device } from '../../api/types'

export interface Phone {
  dev: string
  person: string
  person_name: string
  label: string
  enrolled_at: number | null
  approved_by_name: string | null
  revoked_at: number | null
  revoked_reason: string | null
  head_seq: number | null
  last_receipt_at: number | null
  may_revoke: boolean
}

const text = (value: unknown, fallback: string) => (typeof value === 'string' && value ? value : fallback)
const count = (value: unknown) => (typeof value === 'number' ? value : null)

export const phoneOf = (device: Device): Phone => {
  const row = device as Record<string, unknown> & Device
  return {
    dev: device.dev,
    person: device.person,
    person_name: text(row['person_name'], device.person),
    label: text(device.label, device.dev.slice(0, 8)),
    enrolled_at: count(row['enrolled_at']),
    approved_by_name: typeof row['approved_by_name'] === 'string' ? row['approved_by_name'] : null,
    revoked_at: count(row['revoked_at']),
    revoked_reason: typeof row['revoked_reason'] === 'string' ? row['revoked_reason'] : null,
    head_seq: count(row['head_seq']),
    last_receipt_at: count(row['last_receipt_at']),
    may_revoke: row['may_revoke'] === true,
  }
}
