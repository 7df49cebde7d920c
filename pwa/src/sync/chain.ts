/**
 * The chain of this phone's events: the only code that makes, signs and stores one.
 *
 * A page load is a session of its own (`sid`), because monotonic clocks do not compare between
 * page loads. What the chain says about the session itself is written lazily: `app_started` right
 * before the first fact of the page load, `clock_jumped` right before the first fact after the
 * jump. Merely opening the app therefore costs nothing and leaves no trace.
 */
import type { Database } from '../db/database'
import type { EventRow, HeadRow, KeyRow, PhotoRow, SidecarRow } from '../db/schema'
import type { Domain } from '../domain/door'
import type { EventId, EventPayload, FactName, Json, Millis, PersonId } from '../domain/types'
import type { FactInput, Time } from '../ports'
import { fromBase64, randomHex, toBase64 } from '../shared/lib/bytes'
import { Refusal } from '../shared/lib/errors'
import type { Locks } from '../shared/lib/locks'

export const EVENT_TYPE = 'application/vnd.daochang.event.v1+json'
const GENESIS = '0'.repeat(64)

/** The wall clock may drift this much against the monotonic one before it counts as a jump. */
const JUMP_MS = 2_000

/** Without Web Locks another tab may get in between; each try starts from the newest head. */
const TRIES = 5

export interface ChainParts {
  db: Database
  domain: Domain
  locks: Locks
  time: Pick<Time, 'wall' | 'mono'>
  person: PersonId
  /** The build of the app that runs. */
  build(): Promise<string>
  sid?: string
}

export interface Appended {
  id: EventId
  seq: number
}

export interface Chain {
  readonly sid: string
  /** Whether this page load has said anything yet. */
  readonly started: boolean
  /** Milliseconds the wall clock has moved against the monotonic one since the last event. */
  drift(): Millis
  /** Appends the fact, with what the session owes before it, in one transaction. */
  append(fact: FactInput): Promise<Appended>
  /** The very first event of a chain: nothing may stand before it. */
  appendFirst(fact: FactInput<'enrolled'>): Promise<Appended>
}

/** Somebody else appended in between. */
class ChainMoved extends Error {}

/** Why this phone cannot sign: it never asked, it waits, or it was not approved. */
export async function notEnrolled(db: Database): Promise<Refusal> {
  const request = await db.meta('request')
  if (!request) return new Refusal('not_enrolled', '本机尚未登记签名密钥，请联网后登录一次', 'This phone has no enrolled key yet; sign in once with network')
  if (request.told.standing !== 'waiting') {
    return new Refusal('phone_not_approved', '本机登记未获批准，不能记录。请在“我的”里查看原因并重新申请', 'This phone was not approved and cannot record. See Me for the reason and to ask again')
  }
  const zh = `本机正在等待批准，批准之后才能记录。请把核对号 ${request.number} 读给本单位调度员或负责人`
  const en = `This phone waits for approval and can record only after it. Read the check number ${request.number} to your dispatcher or manager`
  return new Refusal('phone_waits', zh, en)
}

interface Clocks {
  wall: Millis
  mono: Millis
}

type Loose = { t: FactName; body: unknown } & Omit<FactInput, 't' | 'body'>

export function createChain(parts: ChainParts): Chain {
  const { db, domain, locks, time, person } = parts
  const sid = parts.sid ?? randomHex(8)
  let last: Clocks | null = null
  const clocks = (): Clocks => ({ wall: Math.floor(time.wall()), mono: Math.floor(time.mono()) })
  const driftAt = (now: Clocks): Millis => (last ? now.wall - last.wall - (now.mono - last.mono) : 0)

  /** What the session owes before it may say the fact. */
  function owed(now: Clocks, build: string): Loose[] {
    if (!last) return [{ t: 'app_started', body: { build }, wo: null }]
    const delta = driftAt(now)
    return Math.abs(delta) > JUMP_MS ? [{ t: 'clock_jumped', body: { delta_ms: delta }, wo: null }] : []
  }

  async function sign(fact: Loose, head: HeadRow, key: KeyRow, now: Clocks): Promise<EventRow> {
    const known = fact.wo ? await db.withDb((handle) => handle.get('work_orders', fact.wo as string)) : undefined
    const event: EventPayload = {
      v: 1,
      dev: key.dev,
      seq: head.seq + 1,
      prev: head.id,
      sid,
      ...now,
      by: person,
      wo: fact.wo,
      pol: known?.doc.policy ?? null,
      t: fact.t,
      body: fact.body,
    }
    const { payload, id, pae } = await domain.call('prepare_event', { event })
    const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
    const signature = await crypto.subtle.sign(algorithm, key.pair.privateKey, fromBase64(pae))
    const text = toBase64(new TextEncoder().encode(payload))
    const sig = toBase64(new Uint8Array(signature))
    const sidecars = (fact.sidecars ?? []).map((sidecar) => sidecar.c)
    return {
      ...{ seq: event.seq, id, t: fact.t, wo: fact.wo, sid, ...now, payload, sidecars },
      envelope: { payloadType: EVENT_TYPE, payload: text, signatures: [{ keyid: key.dev, sig }] },
      size: text.length + sig.length + 200,
      state: 'saved',
      reason: null,
      dismissed: false,
    }
  }

  async function appendAll(facts: (now: Clocks) => Loose[], first: boolean): Promise<Appended> {
    const [key, before] = await Promise.all([db.meta('key'), db.meta('head')])
    if (!key || (!before && !first)) throw await notEnrolled(db)
    if (before && first) throw new ChainMoved('the chain has already begun')
    const start = before ?? { seq: 0, id: GENESIS }
    const now = clocks()
    const rows: EventRow[] = []
    const said = facts(now)
    for (const fact of said) rows.push(await sign(fact, rows.at(-1) ?? start, key, now))
    const head = rows.at(-1) as EventRow
    await store(db, rows, said, start)
    // Enrolling is not yet a session of work: `app_started` still comes before the first fact of this chain.
    last = first ? null : now
    return { id: head.id, seq: head.seq }
  }

  async function inTurn(facts: (now: Clocks) => Loose[], first: boolean): Promise<Appended> {
    return locks.hold(`chain-${person}`, async () => {
      for (let left = TRIES; ; left--) {
        try {
          return await appendAll(facts, first)
        } catch (error) {
          if (!(error instanceof ChainMoved) || left <= 1 || first) throw error
        }
      }
    })
  }

  return {
    sid,
    get started() {
      return last !== null
    },
    drift: () => driftAt(clocks()),
    async append(fact) {
      const build = await parts.build()
      return inTurn((now) => [...owed(now, build), fact], false)
    },
    appendFirst: (fact) => inTurn(() => [fact], true),
  }
}

const sidecarRow = (input: { c: string; text: string }): SidecarRow => {
  const wire = JSON.parse(input.text) as { salt: string; value: Json }
  return { c: input.c, salt: wire.salt, value: wire.value }
}

const photoRow = (fact: Loose, row: EventRow): PhotoRow | null =>
  fact.photo
    ? {
        sha256: fact.photo.sha256,
        has_bytes: true,
        type: fact.photo.type,
        size: fact.photo.bytes.byteLength,
        ...{ wo: row.wo, seq: row.seq, wall: row.wall },
        ...{ state: 'saved', offset: 0, tried: false, acked_at: null, reason: null, dismissed: false },
      }
    : null

/** Events, their sidecars, the photo's bytes and the new head: all of it, or nothing. */
async function store(db: Database, rows: EventRow[], facts: Loose[], before: HeadRow): Promise<void> {
  const newest = rows.at(-1) as EventRow
  await db.strict(['meta', 'events', 'sidecars', 'photos', 'photo_bytes'], async (tx) => {
    const head = ((await tx.objectStore('meta').get('head')) as HeadRow | undefined) ?? { seq: 0, id: GENESIS }
    // Written already: the connection was lost after the commit, and this is the second try.
    if (head.id === newest.id) return
    if (head.id !== before.id) throw new ChainMoved('another tab appended first')
    const taken = facts.map((fact, at) => photoRow(fact, rows[at] as EventRow))
    const kept = await Promise.all(taken.map((row) => (row ? tx.objectStore('photos').get(row.sha256) : undefined)))
    const isNew = (at: number): boolean => !kept[at] || kept[at].state === 'refused'
    const writes: (() => Promise<unknown>)[] = rows.map((row) => () => tx.objectStore('events').add(row))
    for (const [at, fact] of facts.entries()) {
      for (const input of fact.sidecars ?? []) writes.push(() => tx.objectStore('sidecars').put(sidecarRow(input)))
      const row = taken[at]
      const { photo } = fact
      if (!row || !photo || !isNew(at)) continue
      writes.push(() => tx.objectStore('photos').put(row))
      writes.push(() => tx.objectStore('photo_bytes').put(photo.bytes, row.sha256))
    }
    writes.push(() => tx.objectStore('meta').put({ seq: newest.seq, id: newest.id } satisfies HeadRow, 'head'))
    // Each in a promise of its own, so that one that fails at once leaves no other unobserved.
    await Promise.all(writes.map(async (write) => write()))
  })
}
