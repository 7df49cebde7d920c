/**
 * The one door for facts. What the rules refuse is refused here, before it is saved, with the same
 * words the server would use. What is accepted is on the disk when the promise resolves.
 */
import type { Person } from '../api/types'
import type { Database } from '../db/database'
import type { Domain } from '../domain/door'
import type { Digest, EventPayload, FactName, Json } from '../domain/types'
import type { FactInput, Recorder, SidecarInput } from '../ports'
import { randomHex } from '../shared/lib/bytes'
import { StorageFull } from '../shared/lib/errors'
import type { Locks } from '../shared/lib/locks'
import { notEnrolled, type Appended, type Chain } from './chain'
import { localWorkOrder } from './local'
import { managersOf } from './place'

export interface RecorderParts {
  db: Database
  domain: Domain
  chain: Chain
  person: Person
  locks: Locks
  /** Makes room for a fact that did not fit; false if there is none to be made. */
  makeRoom(isPhoto: boolean): Promise<boolean>
  /** Called after each fact, when it is safe. */
  onRecorded(): void
}

const valuesOf = (sidecars: SidecarInput[]): Record<Digest, Json> =>
  Object.fromEntries(sidecars.map(({ c, text }) => [c, (JSON.parse(text) as { value: Json }).value]))

export function createRecorder(parts: RecorderParts): Recorder {
  const { db, domain, chain, person } = parts

  /** Asks the rules about the fact as it would stand now. */
  async function check(fact: FactInput): Promise<void> {
    const [key, head] = await Promise.all([db.meta('key'), db.meta('head')])
    if (!key || !head) throw await notEnrolled(db)
    if (fact.wo === null) return
    const [local, kit] = await Promise.all([
      localWorkOrder(parts, fact.wo),
      db.withDb((handle) => handle.get('kit', 'kit')),
    ])
    // Without the register nothing can be refused by it; the server will look again.
    if (!kit) return
    const event: EventPayload = {
      ...{ v: 1, dev: key.dev, seq: 1, prev: '0'.repeat(64), sid: chain.sid, mono: 0, wall: 0, pol: null },
      ...{ by: person.id, wo: fact.wo, t: fact.t, body: fact.body },
    }
    const work_order = local?.doc ?? null
    const now = kit.sites.find((one) => one.id === work_order?.site)
    const named = (fact.body as { terminal?: string | null }).terminal
    await domain.call('check', {
      ...{ event, work_order, person: person.id, person_phone: person.phone, provider: person.org },
      managers: managersOf(local?.place?.site, now).map((manager) => manager.person),
      is_terminal_known: kit.terminals.some((terminal) => terminal.id === named),
      sidecars: valuesOf(fact.sidecars ?? []),
    })
  }

  async function save(fact: FactInput): Promise<Appended> {
    try {
      return await chain.append(fact)
    } catch (error) {
      if (!(error instanceof StorageFull) || !(await parts.makeRoom(fact.photo !== undefined))) throw error
      return chain.append(fact)
    }
  }

  return {
    async record<T extends FactName>(fact: FactInput<T>) {
      // Checking and saving are one step: of a double tap the second is refused, not recorded.
      const appended = await parts.locks.hold(`record-${person.id}`, async () => {
        await check(fact as FactInput)
        return save(fact as FactInput)
      })
      parts.onRecorded()
      return appended
    },
    async sidecar(value) {
      const salt = randomHex(16)
      const { c } = await domain.call('prepare_sidecar', { salt, value })
      return { c, text: JSON.stringify({ salt, value }) }
    },
  }
}
