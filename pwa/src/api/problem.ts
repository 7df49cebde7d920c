/** What went wrong between phone and server, in one type. The server speaks RFC 9457. */
import type { ProblemForm } from './types'

/** `status` 0 means that no answer came: no network, or a time-out. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly status: number
  readonly code: string
  readonly title: string
  readonly detail: string
  /** Seconds after which the server wants to be asked again, if it said so. */
  readonly retryAfter: number | null

  constructor(form: ProblemForm, retryAfter: number | null = null) {
    super(form.detail || form.title)
    this.status = form.status
    this.code = form.code ?? `http_${form.status}`
    this.title = form.title
    this.detail = form.detail ?? ''
    this.retryAfter = retryAfter
  }

  /** Whether the same request may succeed later without any change. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500
  }

  static unreachable(cause: 'network' | 'timeout' | 'aborted'): Problem {
    return new Problem({ title: cause === 'timeout' ? 'time-out' : 'no answer', status: 0, code: cause })
  }
}

const isForm = (value: unknown): value is ProblemForm =>
  typeof value === 'object' && value !== null && typeof (value as ProblemForm).title === 'string'

/** Reads the answer as a problem, also when a proxy in between answered in its own words. */
export async function problemOf(response: Response): Promise<Problem> {
  const after = Number.parseInt(response.headers.get('Retry-After') ?? '', 10)
  const retryAfter = Number.isFinite(after) ? after : null
  const text = await response.text().catch(() => '')
  try {
    const value: unknown = JSON.parse(text)
    if (isForm(value)) return new Problem({ ...value, status: response.status }, retryAfter)
  } catch {
    // Not JSON: the status line is all there is to say.
  }
  return new Problem({ title: response.statusText || `HTTP ${response.status}`, status: response.status }, retryAfter)
}
