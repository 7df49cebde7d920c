/**
 * The stream of "something changed" messages, read by `fetch` because `EventSource` cannot send
 * a token. Whatever it says, it means the same: something is new, so whoever hears it pulls.
 */
import { problemOf } from './problem'
import type { Wire } from './request'

/** The server pings every 20 s; a stream that is silent for longer is dead. */
const SILENCE_MS = 50_000

/** Splits the text of a stream into complete messages and the unfinished rest. */
export function messagesIn(text: string): { events: { event: string; data: string }[]; rest: string } {
  const blocks = text.replace(/\r\n?/g, '\n').split('\n\n')
  const rest = blocks.pop() ?? ''
  const field = (block: string, name: string): string =>
    block
      .split('\n')
      .filter((line) => line.startsWith(`${name}:`))
      .map((line) => line.slice(name.length + 1).trimStart())
      .join('\n')
  const events = blocks
    .filter((block) => /^(event|data):/m.test(block))
    .map((block) => ({ event: field(block, 'event') || 'message', data: field(block, 'data') }))
  return { events, rest }
}

async function pump(body: ReadableStream<Uint8Array>, onChunk: (text: string) => void): Promise<void> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      onChunk(decoder.decode(part.value, { stream: true }))
    }
  } finally {
    reader.cancel().catch(() => undefined)
  }
}

/** Listens until the stream ends, falls silent or `signal` aborts; reconnecting is the caller's business. */
export async function listen(wire: Wire, onChanged: () => void, signal: AbortSignal): Promise<void> {
  const controller = new AbortController()
  const stop = (): void => controller.abort()
  let timer = setTimeout(stop, SILENCE_MS)
  const heard = (): void => {
    clearTimeout(timer)
    timer = setTimeout(stop, SILENCE_MS)
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    const token = wire.token()
    const headers = { Accept: 'text/event-stream', ...(token ? { Authorization: `Bearer ${token}` } : {}) }
    const response = await wire.fetch('/api/v1/sync/stream', { headers, cache: 'no-store', signal: controller.signal })
    if (response.status === 401 && token) wire.onSignedOut(token)
    if (!response.ok || !response.body) throw await problemOf(response)
    let rest = ''
    await pump(response.body, (text) => {
      heard()
      const read = messagesIn(rest + text)
      rest = read.rest
      if (read.events.length > 0) onChanged()
    })
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}
