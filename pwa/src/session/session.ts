/**
 * Who is signed in. The person stays known and can go on working when the server wants a new
 * sign-in; only sending waits. Nobody can sign out over unsent work.
 */
import { ref, shallowRef, type Ref } from 'vue'
import type { Api } from '../api/client'
import { Problem } from '../api/problem'
import type { Person } from '../api/types'
import type { Domain } from '../domain/door'
import type { RefusalText } from '../domain/types'
import type { EnrolmentState, PhoneRequest, Session, SessionState } from '../ports'
import type { Locks } from '../shared/lib/locks'
import { words } from '../shared/lib/words'
import type { Tokens } from './token'
import type { Workspace } from './workspace'

export interface SessionParts {
  tokens: Tokens
  domain: Domain
  locks: Locks
  label: string
  now(): number
  open(person: Person): Promise<Workspace>
  /** After a change of person everything in memory belongs to somebody else. */
  onPersonChanged(): void
  onError(error: unknown): void
}

export interface SessionCore extends Session {
  workspace: Ref<Workspace | null>
  token(): string | null
  /** The server refused this token. */
  expire(token: string): void
  /** The server counts nothing more that this phone's key signs. */
  revoke(): void
  /** Shows what the last start left behind; no network. */
  restore(): Promise<void>
  connect(api: Api): void
}

export function createSession(parts: SessionParts, workspace: Ref<Workspace | null>): SessionCore {
  const { tokens } = parts
  const person = ref<Person | null>(null)
  const state = ref<SessionState>('loading')
  const enrolment = ref<EnrolmentState>('none')
  const enrolmentProblem = ref<RefusalText | null>(null)
  const request = shallowRef<PhoneRequest | null>(null)
  const device = ref<string | null>(null)
  let api: Api | null = null
  let enrolling: Promise<void> | null = null

  const connected = (): Api => {
    if (!api) throw new Error('the session was not connected to an API')
    return api
  }

  const stateOf = (): SessionState => {
    const grant = tokens.current()
    if (!grant) return 'signed_out'
    return grant.token !== null && grant.expires_at > parts.now() ? 'signed_in' : 'expired'
  }

  function waitFor(asked: PhoneRequest): void {
    request.value = asked
    enrolment.value = asked.told.standing === 'waiting' ? 'waiting' : 'closed'
  }

  async function begin(next: Person): Promise<Workspace> {
    const old = workspace.value
    if (old?.person.id === next.id) {
      person.value = next
      return old
    }
    old?.close()
    const opened = await parts.open(next)
    workspace.value = opened
    person.value = next
    const { db } = opened
    const [key, head, revoked, asked] = await Promise.all([db.meta('key'), db.meta('head'), db.meta('revoked'), db.meta('request')])
    device.value = head ? (key?.dev ?? null) : null
    if (!head && asked) waitFor(asked)
    else enrolment.value = head ? (revoked ? 'revoked' : 'enrolled') : 'none'
    // The screen need not wait for the list: it shows that it is loading.
    void opened.show().then(() => opened.room.load()).catch(parts.onError)
    return opened
  }

  /** Only technicians carry evidence; other people's phones need no key. */
  async function enrolNow(): Promise<void> {
    const space = workspace.value
    if (!space || space.person.role !== 'technician' || ['enrolled', 'revoked', 'closed'].includes(enrolment.value)) return
    const { db, chain, person: owner } = space
    try {
      const all = { api: connected(), db, domain: parts.domain, chain, person: owner.id, label: parts.label }
      // Needed once in the life of a phone, and only with network: not part of the first load.
      const { enrol } = await import('./enrol')
      const known = enrolment.value
      const answer = await parts.locks.hold(`enrol-${owner.id}`, () => enrol(all))
      enrolmentProblem.value = null
      if (typeof answer !== 'string') waitFor(answer)
      else {
        device.value = answer
        request.value = null
        enrolment.value = 'enrolled'
      }
      if (enrolment.value !== known) space.registersChanged()
      if (known === 'waiting' && enrolment.value === 'enrolled') space.engine.trigger()
    } catch (error) {
      // Whoever waits goes on waiting without network, too.
      if (enrolment.value !== 'waiting') enrolment.value = 'failed'
      enrolmentProblem.value = words(error)
    }
  }

  const enrolOnce = (): Promise<void> => {
    enrolling ??= enrolNow().finally(() => (enrolling = null))
    return enrolling
  }

  async function enrolAnew(): Promise<void> {
    const space = workspace.value
    if (!space || !['revoked', 'closed'].includes(enrolment.value)) return
    const { closeChain } = await import('./new-chain')
    await parts.locks.hold(`chain-${space.person.id}`, () => closeChain(space.db))
    enrolment.value = 'none'
    request.value = null
    device.value = null
    await enrolOnce()
    space.engine.trigger()
  }

  async function restore(): Promise<void> {
    // Without it everything works as long as the power lasts.
    await tokens.recover().catch(parts.onError)
    const grant = tokens.current()
    if (grant) {
      let space: Workspace
      try {
        space = await begin(grant.person)
      } finally {
        state.value = stateOf()
      }
      if (state.value === 'signed_in') void enrolOnce().then(() => space.engine.trigger())
      return
    }
    state.value = 'signed_out'
  }

  async function signOut(): Promise<'done' | 'unsent'> {
    const space = workspace.value
    const owner = person.value
    if (!owner) return 'done'
    if (space) {
      await space.engine.recount()
      const { unsent, photos_waiting } = space.engine.status.value
      if (unsent > 0 || photos_waiting > 0) return 'unsent'
    }
    // The server forgets the token when it can be told; the phone forgets it in any case.
    await connected().session.remove().catch(() => undefined)
    await tokens.forget(owner.id).catch(parts.onError)
    space?.close()
    workspace.value = null
    person.value = null
    device.value = null
    enrolment.value = 'none'
    request.value = null
    enrolmentProblem.value = null
    state.value = 'signed_out'
    return 'done'
  }

  tokens.onOtherTab(() => {
    const grant = tokens.current()
    if ((grant?.person.id ?? null) !== (person.value?.id ?? null)) parts.onPersonChanged()
    else if (grant) {
      state.value = stateOf()
      if (state.value === 'signed_in') workspace.value?.engine.trigger()
    }
  })

  return {
    ...{ person, state, enrolment, enrolmentProblem, request, device, workspace, restore, signOut, enrolAnew, enrol: enrolOnce },
    token: () => tokens.current()?.token ?? null,
    expire(token) {
      tokens.drop(token)
      if (person.value) state.value = stateOf()
    },
    revoke() {
      if (enrolment.value !== 'enrolled') return
      enrolment.value = 'revoked'
      workspace.value?.db.setMeta('revoked', true).catch(parts.onError)
    },
    connect: (next) => void (api = next),
    async signIn(login, password) {
      const grant = await connected().session.create(login, password)
      const other = workspace.value && workspace.value.person.id !== grant.person.id
      if (other && (await signOut()) === 'unsent') {
        throw new Problem({ title: 'unsent work of another person', status: 409, code: 'unsent_work' })
      }
      await tokens.keep(grant).catch(parts.onError)
      const space = await begin(grant.person)
      state.value = 'signed_in'
      await enrolOnce()
      space.engine.trigger()
    },
  }
}
