/** The site manager's answers, what is missing in them, and how they become the body of the fact. */
import type { Facts, Ink, Json, PersonId, Site, Summary } from '../../domain/types'
import { isEmptyInk } from './ink'

export interface HandOverForm {
  resolved: boolean | null
  stars: number | null
  tags: string[]
  remark: string
  /** A registered manager of the site, or null for somebody else. */
  person: PersonId | null
  name: string
  phone: string
  unit: string
  ink: Ink | null
}

export const TAGS = ['punctual', 'skilled', 'polite', 'explained', 'tidy', 'slow', 'unexplained', 'again'] as const
export type TagName = (typeof TAGS)[number]

export type Missing = 'resolved' | 'stars' | 'name' | 'unit' | 'ink'

/** One registered manager is taken at once; of several, or none, a person chooses. */
export function startOf(site: Site): HandOverForm {
  const only = site.managers.length === 1 ? site.managers[0] : undefined
  return {
    resolved: null,
    stars: null,
    tags: [],
    remark: '',
    person: only?.person ?? null,
    name: only?.name ?? '',
    phone: '',
    unit: site.name,
    ink: null,
  }
}

export function missingIn(form: HandOverForm): Missing[] {
  const missing: Missing[] = []
  if (form.resolved === null) missing.push('resolved')
  if (form.stars === null) missing.push('stars')
  if (form.name.trim() === '') missing.push('name')
  if (form.unit.trim() === '') missing.push('unit')
  if (form.ink === null || isEmptyInk(form.ink)) missing.push('ink')
  return missing
}

export interface Commitments {
  signer: { c: string }
  ink: { c: string }
}

/** Only for a form in which nothing is missing. `tags` are the words that were shown. */
export function bodyOf(
  form: HandOverForm,
  shown: { summary: Summary; shown: string },
  tags: string[],
  { signer, ink }: Commitments,
): Facts['evaluated'] {
  if (form.stars === null || form.resolved === null) throw new Error('the form is not complete')
  return {
    summary: shown.summary,
    shown: shown.shown,
    stars: form.stars,
    resolved: form.resolved,
    tags,
    remark: form.remark.trim(),
    unit: form.unit.trim(),
    signer: { c: signer.c },
    signer_person: form.person,
    ink: { c: ink.c },
  }
}

export const isForm = (value: Json): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) &&
  typeof value['name'] === 'string' && typeof value['unit'] === 'string' && Array.isArray(value['tags'])
