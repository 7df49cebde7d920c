/** Which parts of the console a role sees. The server enforces it; this only keeps doors that
 *  would not open out of sight. */
import type { Role } from '../../api/types'

export type Door = 'desk' | 'report' | 'relay' | 'assign' | 'evidence' | 'reviews' | 'devices' | 'codes' | 'show_code' | 'labels' | 'erase' | 'hold' | 'file' | 'answer_filing' | 'link' | 'evaluate' | 'watch' | 'escalations' | 'respond' | 'roster' | 'complaints' | 'complain' | 'integrations' | 'channels' | 'figures'

const DOORS: Record<Role, readonly Door[]> = {
  technician: [],
  site_manager: ['show_code', 'evaluate'],
  dispatcher: ['desk', 'escalations', 'respond', 'roster', 'channels', 'report', 'relay', 'assign', 'file', 'link', 'evidence', 'devices', 'complaints', 'complain'],
  hotline: ['desk', 'report', 'relay', 'roster', 'respond', 'complaints', 'complain', 'integrations'],
  provider_manager: ['desk', 'escalations', 'respond', 'roster', 'channels', 'report', 'assign', 'file', 'link', 'evidence', 'devices', 'codes', 'labels', 'complaints', 'complain', 'figures'],
  district_authority: ['desk', 'escalations', 'roster', 'evidence', 'reviews', 'labels', 'erase', 'hold', 'answer_filing', 'watch', 'complaints', 'figures'],
  city_authority: ['desk', 'escalations', 'roster', 'evidence', 'reviews', 'labels', 'erase', 'hold', 'answer_filing', 'watch', 'complaints', 'integrations', 'figures'],
  auditor: ['desk', 'escalations', 'roster', 'evidence', 'reviews', 'hold', 'watch', 'complaints', 'figures'],
  // Running the system needs no look into anybody's work.
  admin: ['devices', 'codes', 'labels', 'watch', 'channels', 'integrations'],
  // No person.
  integration: [],
}

export const mayOpen = (role: Role | undefined, door: Door): boolean => role !== undefined && DOORS[role].includes(door)

/** Technicians work on the phone. */
export const isConsoleRole = (role: Role): boolean => DOORS[role].length > 0
