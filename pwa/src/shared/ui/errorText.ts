/** Any error of the core as one sentence for the person who holds the phone. */
import { Problem } from '../../api/problem'
import { pick, t as shared } from '../i18n'
import { CameraDenied, NoCamera, PhotoUnreadable, Refusal, StorageFull } from '../lib/errors'

function problemText(problem: Problem): string {
  if (problem.status === 0) return shared(problem.code === 'timeout' ? 'problem.timeout' : 'problem.network')
  if (problem.status === 401 && problem.code === 'http_401') return shared('problem.signed_out')
  if (problem.status >= 500) return shared('problem.server', { status: problem.status })
  return shared('problem.other', { detail: problem.detail || problem.title })
}

export function errorText(error: unknown): string {
  if (error instanceof Refusal) return pick(error)
  if (error instanceof Problem) return problemText(error)
  if (error instanceof StorageFull) return shared('storage.full')
  if (error instanceof CameraDenied) return shared('camera.denied')
  if (error instanceof NoCamera) return shared('camera.none')
  if (error instanceof PhotoUnreadable) return shared(`photo.${error.kind}`)
  return shared('unknown', { detail: error instanceof Error ? error.message : String(error) })
}
