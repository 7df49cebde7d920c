/** Turns any error into words for a person, in both languages. The only place that does. */
import { Problem } from '../../api/problem'
import type { RefusalText } from '../../domain/types'
import { fill } from '../i18n/fill'
import { en } from '../i18n/en'
import { zh } from '../i18n/zh'
import { CameraDenied, NoCamera, PhotoUnreadable, Refusal, StorageFull } from './errors'

type Key = keyof typeof zh

const text = (code: string, key: Key, params: Record<string, string | number> = {}): RefusalText => ({
  code,
  zh: fill(zh[key], params),
  en: fill(en[key], params),
})

function ofProblem(problem: Problem): RefusalText {
  const { code, status } = problem
  if (code === 'network' || code === 'timeout' || code === 'aborted') return text(code, `problem.${code}`)
  if (status === 401) return text(code, 'problem.signed_out')
  if (status >= 500) return text(code, 'problem.server', { status })
  return text(code, 'problem.other', { detail: problem.detail || problem.title })
}

export function words(error: unknown): RefusalText {
  if (error instanceof Refusal) return error.text()
  if (error instanceof Problem) return ofProblem(error)
  if (error instanceof StorageFull) return text('storage_full', 'storage.full')
  if (error instanceof CameraDenied) return text('camera_denied', 'camera.denied')
  if (error instanceof NoCamera) return text('no_camera', 'camera.none')
  if (error instanceof PhotoUnreadable) return text(`photo_${error.kind}`, `photo.${error.kind}`)
  return text('unknown', 'unknown', { detail: error instanceof Error ? error.message : String(error) })
}
