/**
 * What the phone itself lived through: screen off, screen on, the clock set. Written only while
 * somebody is at work, that is, between the first fact of this page load and the moment when
 * nothing is open or unsent any more. An idle app leaves the chain alone: every event costs the
 * server a signature check, and `paused` of an app nobody works with proves nothing.
 *
 * - `paused` when the page is hidden, `resumed` when it is shown again after a `paused`.
 * - `clock_jumped` by itself when the page is shown; otherwise right before the next fact (`chain.ts`).
 */
import type { Chain } from './chain'
import type { Visibility } from './visibility'

export interface LifecycleParts {
  chain: Chain
  /** Whether a visit is open or a fact is unsent. */
  isAtWork(): Promise<boolean>
  onVisible(): void
}

/** Returns the function that ends it. */
export function followLifecycle(parts: LifecycleParts, visibility: Visibility, onError: (error: unknown) => void): () => void {
  const { chain } = parts
  /** Whether a `paused` was written for the present darkness. */
  let paused: Promise<boolean> | null = null

  async function pause(): Promise<boolean> {
    if (!chain.started || !(await parts.isAtWork())) return false
    await chain.append({ t: 'paused', body: {}, wo: null })
    return true
  }

  async function resume(wasPaused: Promise<boolean> | null): Promise<void> {
    // The clock jump, if there was one, is put in front of it by the chain.
    if (await wasPaused) await chain.append({ t: 'resumed', body: {}, wo: null })
  }

  return visibility.onChange(() => {
    if (!visibility.isVisible()) {
      paused ??= pause().catch((error: unknown) => (onError(error), false))
      return
    }
    const was = paused
    paused = null
    void resume(was)
      .catch(onError)
      .finally(() => parts.onVisible())
  })
}
