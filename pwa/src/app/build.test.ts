import { afterEach, describe, expect, it, vi } from 'vitest'
import { readBuild, UNKNOWN_BUILD } from './build'

const LIST = '{"files":{},"v":1}'

describe('the build that runs', () => {
  afterEach(() => void vi.useRealTimers())

  it('is the hash of the list it was served with', async () => {
    const asked: unknown[] = []
    const get = async (path: unknown): Promise<Response> => (asked.push(path), new Response(LIST))
    expect(await readBuild(get as typeof fetch)).toBe('cdc79810db12e663376b8aa5af8f44625f3e3a1508a0f8e54378e301a6162f92')
    expect(asked).toEqual(['/build.json'])
  })

  it.each([
    ['there is no list', async () => new Response('', { status: 404 })],
    ['there is no network', async () => Promise.reject(new TypeError('Failed to fetch'))],
  ])('is unknown when %s', async (_name, get) => {
    expect(await readBuild(get as typeof fetch)).toBe(UNKNOWN_BUILD)
  })

  it('is unknown when nobody answers, and nothing waits longer than that', async () => {
    vi.useFakeTimers()
    const hang: typeof fetch = (_path, init) => new Promise((_, reject) => init?.signal?.addEventListener('abort', () => reject(new DOMException('x', 'AbortError'))))
    const read = readBuild(hang)
    await vi.advanceTimersByTimeAsync(4_999)
    expect(await Promise.race([read, 'still waiting'])).toBe('still waiting')
    await vi.advanceTimersByTimeAsync(1)
    expect(await read).toBe(UNKNOWN_BUILD)
  })
})
