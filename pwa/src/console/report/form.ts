/** A report before it is filed: what is missing, and what goes to the server. Pure. */
import type { ReportForm } from '../../api/types'
import { fromLocalInput } from '../lib/time'

export interface Draft {
  terminal: string | null
  fault: string | null
  text: string
  name: string
  phone: string
  /** Text of a `datetime-local` field, Shenzhen time. */
  occurred: string
  technician: string
}

export type Field = 'terminal' | 'fault' | 'text' | 'phone' | 'occurred'
export type Complaint = 'need_terminal' | 'need_fault' | 'need_text' | 'bad_phone' | 'occurred_future'

const TEXT_MIN = 4

export const blank = (): Draft => ({ terminal: null, fault: null, text: '', name: '', phone: '', occurred: '', technician: '' })

/** What is wrong, field by field, in the order of the page. */
export function complaints(draft: Draft, now: number): Map<Field, Complaint> {
  const found = new Map<Field, Complaint>()
  if (!draft.terminal) found.set('terminal', 'need_terminal')
  if (!draft.fault) found.set('fault', 'need_fault')
  if (draft.text.trim().length < TEXT_MIN) found.set('text', 'need_text')
  const occurred = fromLocalInput(draft.occurred)
  if (occurred !== null && occurred > now) found.set('occurred', 'occurred_future')
  if (draft.phone.trim() && !/^[+\d][\d\s-]{5,18}\d$/.test(draft.phone.trim())) found.set('phone', 'bad_phone')
  return found
}

/** What is wrong with a complaint: a terminal and some words are all it needs. */
export function complaintFaults(draft: Draft): Map<Field, Complaint> {
  const found = complaints({ ...draft, fault: '-', occurred: '' }, 0)
  return found
}

/** Somebody else who sees the same fault; every word is optional. */
export const joinFormOf = (draft: Draft) => ({
  text: draft.text.trim(),
  reporter_name: draft.name.trim() || null,
  reporter_phone: draft.phone.trim() || null,
  occurred_at: fromLocalInput(draft.occurred),
})

/** @throws when the draft has complaints about terminal or fault. */
export function formOf(draft: Draft): ReportForm {
  if (!draft.terminal || !draft.fault) throw new Error('the draft is not complete')
  return {
    terminal: draft.terminal,
    fault: draft.fault,
    text: draft.text.trim(),
    reporter_name: draft.name.trim() || null,
    reporter_phone: draft.phone.trim() || null,
    occurred_at: fromLocalInput(draft.occurred),
    technician: draft.technician || null,
  }
}
