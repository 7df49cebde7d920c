/** Asks a worker and waits for its answer; starts it on the first question and lets it go when idle. */
import type { Question, Reply } from '../../workers/bridge'

const IDLE_MS = 30_000

export interface Crew<Q, A> {
  ask(question: Q, transfer?: Transferable[]): Promise<A>
}

export class WorkerFault extends Error {
  override readonly name = 'WorkerFault'
}

export function createCrew<Q, A>(start: () => Worker): Crew<Q, A> {
  let worker: Worker | null = null
  let number = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  const open = new Map<number, { resolve(answer: A): void; reject(error: Error): void }>()

  const dismiss = (reason: string): void => {
    worker?.terminate()
    worker = null
    for (const { reject } of open.values()) reject(new WorkerFault(reason))
    open.clear()
  }
  const rest = (): void => {
    clearTimeout(timer)
    if (open.size === 0) timer = setTimeout(() => dismiss('idle'), IDLE_MS)
  }
  const hire = (): Worker => {
    const hired = start()
    hired.onmessage = ({ data }: MessageEvent<Reply<A>>) => {
      const waiting = open.get(data.id)
      open.delete(data.id)
      rest()
      if ('ok' in data) waiting?.resolve(data.ok)
      else waiting?.reject(new WorkerFault(data.fault))
    }
    hired.onerror = (event) => dismiss(event.message || 'the worker did not start')
    return hired
  }

  return {
    ask(question, transfer = []) {
      clearTimeout(timer)
      worker ??= hire()
      const id = ++number
      const message: Question<Q> = { id, ask: question }
      const hired = worker
      return new Promise<A>((resolve, reject) => {
        open.set(id, { resolve, reject })
        hired.postMessage(message, transfer)
      })
    },
  }
}
