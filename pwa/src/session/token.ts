/** Who uses this phone and the tokens they hold, one for each person. Small, shared by all tabs, there without waiting. */
import type { Person, SessionGrant } from '../api/types'
import type { Millis, PersonId } from '../domain/types'
import { browserSafe, type Safe } from './safe'

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
  /** At the start of the app: what a loss of power took comes back. */
  recover(): Promise<void>
  /** Is there at once, and on the disk when this resolves. */
  keep(grant: SessionGrant): Promise<void>
  /** The server refused this token. */
  drop(token: string): void
  forget(person: PersonId): Promise<void>
  /** Calls back when another tab signs in or out. */
  onOtherTab(callback: () => void): void
}

type KeyValue = Pick<globalThis.Storage, 'getItem' | 'setItem' | 'removeItem'>

type Listen = (callback: (key: string | null) => void) => void

export function createTokens(store: KeyValue, safe: Safe, listen: Listen): Tokens {
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
  const use = (grant: Grant): void => {
    write(grant)
    store.setItem(CURRENT, grant.person.id)
  }
  return {
    current,
    async recover() {
      const saved = await safe.load()
      if (saved === undefined) return
      const known = current()
      if (saved === null) {
        if (known) store.removeItem(CURRENT)
      } else if (known?.person.id !== saved.person.id || known.expires_at < saved.expires_at) use(saved)
    },
    keep({ person, token, expires_at }) {
      use({ person, token, expires_at })
      return safe.save({ person, token, expires_at })
    },
    drop(token) {
      const grant = current()
      if (grant?.token === token) write({ ...grant, token: null })
    },
    forget(person) {
      store.removeItem(GRANT + person)
      if (store.getItem(CURRENT) !== person) return Promise.resolve()
      store.removeItem(CURRENT)
      return safe.save(null)
    },
    onOtherTab: (callback) => listen((key) => (key === null || key.startsWith('daochang.') ? callback() : undefined)),
  }
}

export const browserTokens = (): Tokens =>
  createTokens(localStorage, browserSafe, (callback) => window.addEventListener('storage', (event) => callback(event.key)))
