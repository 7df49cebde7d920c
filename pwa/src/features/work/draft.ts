/** What is being filled in, from an empty form or the last record, and what is still missing in it. */
import type { Facts, Json, Mode, Part, RepairClass, WorkOrder } from '../../domain/types'

/** A part as typed; an empty serial becomes none when it is recorded. */
export interface PartDraft {
  name: string
  quantity: number
  serial: string
}

export interface WorkDraft {
  mode: Mode
  fault: string
  repair_class: RepairClass | null
  cause: string
  action: string
  parts: PartDraft[]
}

export type Missing = 'repair_class' | 'cause' | 'action' | 'part'

/** The repair classes of 9.3 a for remote work; on site any of them may turn out (9.3 b). */
export const classesOf = (mode: Mode): readonly RepairClass[] =>
  mode === 'remote'
    ? ['ordinary', 'program', 'department_interface']
    : ['ordinary', 'hardware_part', 'whole_machine', 'program', 'department_interface']

const partDraft = (part: Part): PartDraft => ({ ...part, serial: part.serial ?? '' })

export function startOf(doc: WorkOrder, mode: Mode): WorkDraft {
  const last = doc.work.at(-1)
  if (!last) return { mode, fault: doc.report.fault, repair_class: null, cause: '', action: '', parts: [] }
  const { fault, repair_class, cause, action, parts } = last
  return { mode, fault, repair_class, cause, action, parts: parts.map(partDraft) }
}

/** A draft may be weeks old and of an older version of the app; anything else is not one. */
export function isDraft(value: Json): boolean {
  const fields = ['mode', 'fault', 'cause', 'action']
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) &&
    fields.every((field) => typeof value[field] === 'string') && Array.isArray(value['parts'])
  )
}

export function missingIn(draft: WorkDraft): Missing[] {
  const missing: Missing[] = []
  if (draft.repair_class === null || !classesOf(draft.mode).includes(draft.repair_class)) missing.push('repair_class')
  if (draft.cause.trim() === '') missing.push('cause')
  if (draft.action.trim() === '') missing.push('action')
  if (draft.parts.some((part) => part.name.trim() === '')) missing.push('part')
  return missing
}

/** The body to record; only for a draft in which nothing is missing. */
export function bodyOf(draft: WorkDraft): Facts['work_recorded'] {
  const { mode, fault, repair_class, cause, action, parts } = draft
  return {
    mode,
    fault,
    repair_class: repair_class ?? 'ordinary',
    cause: cause.trim(),
    action: action.trim(),
    parts: parts.map(({ name, quantity, serial }) => ({ name: name.trim(), quantity, serial: serial.trim() || null })),
  }
}

/** Whether the last record already says exactly this, so that it need not be said twice. */
export function isRecorded(doc: WorkOrder, body: Facts['work_recorded']): boolean {
  const last = doc.work.at(-1)
  if (!last) return false
  const { mode, fault, repair_class, cause, action, parts } = last
  return JSON.stringify(body) === JSON.stringify({ mode, fault, repair_class, cause, action, parts })
}

/** Adds a phrase to what is already typed, once. */
export function withPhrase(text: string, phrase: string): string {
  if (text.includes(phrase)) return text
  const before = text.trimEnd()
  return before === '' ? phrase : `${before}；${phrase}`
}
