/** Which parts of the console a role sees. The server enforces it; this only keeps doors that
 *  would not open out of sight. */
import type { Role } from '../../api/types'

export type Door = 'desk' | 'report' | 'relay' | 'assign' | 'evidence' | 'reviews' | 'devices' | 'codes' | 'show_code' | 'labels' | 'erase' | 'hold' | 'file' | 'answer_filing' | 'watch'

const DOORS: Record<Role, readonly Door[]> = {
  technician: [],
  site_manager: ['show_code'],
  dispatcher: ['desk', 'report', 'relay', 'assign', 'file', 'evidence', 'devices'],
  hotline: ['desk', 'report', 'relay'],
  provider_manager: ['desk', 'report', 'assign', 'file', 'evidence', 'devices', 'codes', 'labels'],
  district_authority: ['desk', 'evidence', 'reviews', 'labels', 'erase', 'hold', 'answer_filing', 'watch'],
  city_authority: ['desk', 'evidence', 'reviews', 'labels', 'erase', 'hold', 'answer_filing', 'watch'],
  auditor: ['desk', 'evidence', 'reviews', 'hold', 'watch'],
  // Running the system needs no look into anybody's work.
  admin: ['devices', 'codes', 'labels', 'watch'],
}

export const mayOpen = (role: Role | undefined, door: Door): boolean => role !== undefined && DOORS[role].includes(door)

/** Technicians work on the phone. */
export const isConsoleRole = (role: Role): boolean => DOORS[role].length > 0
