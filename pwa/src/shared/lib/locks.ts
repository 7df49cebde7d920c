/**
 * One at a time, across all tabs of this phone. Where the browser has no Web Locks, one at a time
 * within this tab: the recorder's own check of the chain head then keeps two tabs apart.
 */
export interface Locks {
  /** Waits its turn, then holds the lock until `work` ends. */
  hold<T>(name: string, work: () => Promise<T>): Promise<T>
  /** Takes the lock only if it is free; `work` gets whether it is. */
  tryHold<T>(name: string, work: (held: boolean) => Promise<T>): Promise<T>
}

function inPage(): Locks {
  const tails = new Map<string, Promise<unknown>>()
  const hold: Locks['hold'] = (name, work) => {
    const turn = (tails.get(name) ?? Promise.resolve()).then(work)
    const tail = turn.catch(() => undefined).then(() => {
      if (tails.get(name) === tail) tails.delete(name)
    })
    tails.set(name, tail)
    return turn
  }
  return {
    hold,
    tryHold: (name, work) => (tails.has(name) ? work(false) : hold(name, () => work(true))),
  }
}

export function createLocks(manager: LockManager | undefined = globalThis.navigator?.locks): Locks {
  if (!manager) return inPage()
  return {
    hold: async (name, work) => (await manager.request(name, work)) as Awaited<ReturnType<typeof work>>,
    tryHold: async (name, work) =>
      (await manager.request(name, { ifAvailable: true }, (lock) => work(lock !== null))) as Awaited<
        ReturnType<typeof work>
      >,
  }
}
