/** Who uses this phone and the tokens they hold, one for each person. Small, synchronous, shared by all tabs. */
import type { Person, SessionGrant } from '../api/types'
import type { Millis, PersonId } from '../domain/types'

const CURRENT = 'daochang.person'
const GRANT = 'daochang.session.'

/** `token` is null after the server refused it: the person is still known, and works on offline. */
export interface Grant {
  person: Person
  token: string | null
  expires_at: Millis
}

export interface Tokens {
  current(): Grant | null
  keep(grant: SessionGrant): void
  /** The server refused this token. */
  drop(token: string): void
  forget(person: PersonId): void
  /** Calls back when another tab signs in or out. */
  onOtherTab(callback: () => void): void
}

type KeyValue = Pick<globalThis.Storage, 'getItem' | 'setItem' | 'removeItem'>

export function createTokens(store: KeyValue, listen: (callback: (key: string | null) => void) => void): Tokens {
  const read = (id: string): Grant | null => {
    try {
      return JSON.parse(store.getItem(GRANT + id) ?? 'null') as Grant | null
    } catch {
      return null
    }
  }
  const write = (grant: Grant): void => store.setItem(GRANT + grant.person.id, JSON.stringify(grant))
  const current = (): Grant | null => {
    const id = store.getItem(CURRENT)
    return id ? read(id) : null
  }
  return {
    current,
    keep({ person, token, expires_at }) {
      write({ person, token, expires_at })
      store.setItem(CURRENT, person.id)
    },
    drop(token) {
      const grant = current()
      if (grant?.token === token) write({ ...grant, token: null })
    },
    forget(person) {
      store.removeItem(GRANT + person)
      if (store.getItem(CURRENT) === person) store.removeItem(CURRENT)
    },
    onOtherTab: (callback) => listen((key) => (key === null || key.startsWith('daochang.') ? callback() : undefined)),
  }
}

export const browserTokens = (): Tokens =>
  createTokens(localStorage, (callback) => window.addEventListener('storage', (event) => callback(event.key)))
