/** Who sits at the console. A console has no key of its own and enrols nothing; its token lives
 *  as long as the browser tab, so a shared desk computer forgets it. */
import { ref } from 'vue'
import type { Api } from '../api/client'
import { Problem } from '../api/problem'
import type { Person } from '../api/types'
import type { Session, SessionState } from '../ports'

const TOKEN_KEY = 'daochang-console-token'

export interface ConsoleSession extends Session {
  token(): string | null
  /** The server no longer accepts this token. */
  expire(token: string): void
  /** Gives the session its API, which in turn asks the session for the token. */
  connect(api: Api): void
}

export function createConsoleSession(storage: Storage): ConsoleSession {
  const person = ref<Person | null>(null)
  const state = ref<SessionState>('loading')
  let token = storage.getItem(TOKEN_KEY)
  let api: Api | null = null

  const connected = (): Api => {
    if (!api) throw new Error('the session was not connected to an API')
    return api
  }
  const forget = (next: SessionState): void => {
    token = null
    storage.removeItem(TOKEN_KEY)
    state.value = next
  }
  const restore = async (): Promise<void> => {
    if (!token) return forget('signed_out')
    try {
      person.value = await connected().session.find()
      state.value = 'signed_in'
    } catch (error) {
      // Without an answer nobody is signed out: the token stays and the sign-in page says why.
      if (error instanceof Problem && error.status === 0) state.value = 'expired'
      else forget('signed_out')
    }
  }

  return {
    person,
    state,
    enrolment: ref('none'),
    enrolmentProblem: ref(null),
    request: ref(null),
    device: ref(null),
    token: () => token,
    expire: (sent) => {
      if (sent === token) forget(person.value ? 'expired' : 'signed_out')
    },
    connect: (made) => {
      api = made
      void restore()
    },
    async signIn(login, password) {
      const grant = await connected().session.create(login, password)
      token = grant.token
      storage.setItem(TOKEN_KEY, token)
      person.value = grant.person
      state.value = 'signed_in'
    },
    async signOut() {
      await connected().session.remove().catch(() => undefined)
      person.value = null
      forget('signed_out')
      return 'done'
    },
    enrol: async () => undefined,
    enrolAnew: async () => undefined,
  }
}
