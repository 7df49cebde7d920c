/**
 * One request: token, language, time limit, problems, and what the answer says about the
 * server's clock. Everything that leaves the phone leaves through here.
 */
import { Problem, problemOf } from './problem'

export interface Wire {
  fetch: typeof fetch
  /** The bearer token of the person, or null. */
  token(): string | null
  lang(): string
  /** Called when the server no longer accepts the token that was sent. */
  onSignedOut(token: string): void
  /** Called with the server's clock and half of the round trip in milliseconds. */
  onServerTime(serverAt: number, halfTrip: number): void
  now(): number
}

export interface Ask {
  method?: string
  path: string
  query?: Record<string, string | number | undefined>
  json?: unknown
  body?: BodyInit
  headers?: Record<string, string>
  /** Milliseconds until the request is given up. */
  timeout?: number
  signal?: AbortSignal | undefined
  /** Statuses that are answers, not problems, beside 2xx. */
  expect?: number[]
  /** Send no token, and do not take 401 for an expired session. */
  anonymous?: boolean
}

export const TIMEOUT_MS = 15_000

const target = (ask: Ask): string => {
  const query = Object.entries(ask.query ?? {}).filter((pair): pair is [string, string | number] => pair[1] !== undefined)
  const text = new URLSearchParams(query.map(([name, value]) => [name, String(value)])).toString()
  return `/api/v1${ask.path}${text ? `?${text}` : ''}`
}

/** Aborts when the caller does or when time is up; `AbortSignal.any` is too young for our phones. */
function limit(timeout: number, outer?: AbortSignal): { signal: AbortSignal; isLate(): boolean; done(): void } {
  const controller = new AbortController()
  let late = false
  const timer = setTimeout(() => {
    late = true
    controller.abort()
  }, timeout)
  const abort = (): void => controller.abort()
  if (outer?.aborted) abort()
  outer?.addEventListener('abort', abort, { once: true })
  const done = (): void => {
    clearTimeout(timer)
    outer?.removeEventListener('abort', abort)
  }
  return { signal: controller.signal, isLate: () => late, done }
}

function init(wire: Wire, ask: Ask, token: string | null): RequestInit {
  const headers: Record<string, string> = { Accept: 'application/json, application/problem+json', ...ask.headers }
  headers['Accept-Language'] = wire.lang() === 'en' ? 'en' : 'zh-CN'
  if (token) headers['Authorization'] = `Bearer ${token}`
  if (ask.json !== undefined) headers['Content-Type'] = 'application/json'
  const body = ask.json === undefined ? ask.body : JSON.stringify(ask.json)
  const method = ask.method ?? 'GET'
  return { method, headers, cache: 'no-store', credentials: 'omit', ...(body === undefined ? {} : { body }) }
}

/** Sends, and hands a good answer to `read` while the time limit still runs. */
export async function send<T>(wire: Wire, ask: Ask, read: (response: Response) => Promise<T>): Promise<T> {
  const token = ask.anonymous ? null : wire.token()
  const guard = limit(ask.timeout ?? TIMEOUT_MS, ask.signal)
  const started = wire.now()
  try {
    const response = await wire.fetch(target(ask), { ...init(wire, ask, token), signal: guard.signal })
    const half = (wire.now() - started) / 2
    const date = Date.parse(response.headers.get('Date') ?? '')
    // The header has whole seconds, so the middle of that second is the best guess.
    if (Number.isFinite(date)) wire.onServerTime(date + 500, half)
    if (response.ok || ask.expect?.includes(response.status)) return await read(response)
    if (response.status === 401 && token) wire.onSignedOut(token)
    throw await problemOf(response)
  } catch (error) {
    if (error instanceof Problem) throw error
    if (guard.isLate()) throw Problem.unreachable('timeout')
    throw Problem.unreachable(ask.signal?.aborted ? 'aborted' : 'network')
  } finally {
    guard.done()
  }
}

export const asJson = async <T>(response: Response): Promise<T> => (await response.json()) as T

/** Sends, and reads the answer as JSON. */
export const ask = <T>(wire: Wire, form: Ask): Promise<T> => send(wire, form, (response) => asJson<T>(response))
