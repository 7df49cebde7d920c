/** One question, one answer, by number. Runs inside workers. */
export interface Question<Q> {
  id: number
  ask: Q
}

export type Reply<A> = { id: number; ok: A } | { id: number; fault: string }

interface Scope<Q, A> {
  onmessage: ((event: MessageEvent<Question<Q>>) => void) | null
  postMessage(reply: Reply<A>, transfer: Transferable[]): void
}

export function answerWith<Q, A>(scope: Scope<Q, A>, work: (ask: Q) => Promise<{ answer: A; transfer: Transferable[] }>): void {
  scope.onmessage = ({ data: { id, ask } }) => {
    work(ask).then(
      ({ answer, transfer }) => scope.postMessage({ id, ok: answer }, transfer),
      (error: unknown) => scope.postMessage({ id, fault: error instanceof Error ? error.message : String(error) }, []),
    )
  }
}
