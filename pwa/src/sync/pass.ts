/** One attempt to agree with the server: head, events, photos, then what is new over there. */
import type { Api } from '../api/client'
import { Problem } from '../api/problem'
import type { Database } from '../db/database'
import type { Domain } from '../domain/door'
import type { SyncOp } from '../domain/types'
import type { SyncPhase } from '../ports'
import { Refusal } from '../shared/lib/errors'
import type { Chain } from './chain'
import { syncHead } from './head'
import { pushPhotos } from './photos'
import { plan } from './plan'
import { pullChanges, pullKit, pullPlaces } from './pull'
import { pushEvents } from './push'
import { isUnknownKey } from './server-keys'

/** How often one attempt follows the server back to an earlier place in the chain. */
const GAPS_MAX = 3

export interface PassParts {
  api: Api
  db: Database
  domain: Domain
  chain: Chain
  now(): number
  /** A phone that is not enrolled only pulls. */
  isEnrolled(): boolean
  /** Whether the registers should be asked for in this attempt. */
  wantsKit(): boolean
}

export interface PassEvents {
  phase(phase: SyncPhase): void
  /** Something in the database changed. */
  changed(what: 'outbox' | 'work_orders' | 'kit'): void
}

/**
 * What one phase may fail of without keeping the others back: the server or the rules answered,
 * and the answer was no, or a fault over this one thing. No answer at all ends the attempt.
 */
const isLocal = (error: unknown): boolean =>
  error instanceof Refusal || (error instanceof Problem && ![0, 401, 408, 429].includes(error.status))

/** Sends what is in the outbox, asking the rules after each step what comes next. */
async function pushAll(parts: PassParts, on: PassEvents, signal: AbortSignal, failed: (error: unknown) => void): Promise<void> {
  const { db, domain } = parts
  let headAsked = false
  let keysAsked = false
  for (let gaps = 0; gaps <= GAPS_MAX; ) {
    const ops = await plan(db, domain, headAsked)
    const next = ops[0] as SyncOp
    if (next.op !== 'head' && next.op !== 'events') return sendPhotos(parts, ops, on, signal, failed)
    try {
      if (next.op === 'head') {
        headAsked = true
        on.phase('head')
        await syncHead(parts, signal)
      } else {
        on.phase('events')
        if (!(await pushEvents(parts, next.from, next.to, signal))) gaps += 1
      }
    } catch (error) {
      if (!isLocal(error)) throw error
      // The server may have changed its key while this phone was away: the kit says so, and proves it.
      if (isUnknownKey(error) && !keysAsked) {
        keysAsked = true
        headAsked = false
        await pullRegisters(parts, on)
        continue
      }
      failed(error)
      // A head that was refused does not hold the events; events that were refused hold what follows them.
      if (next.op === 'events') return
    } finally {
      on.changed('outbox')
    }
  }
  failed(new Problem({ title: 'the server asks for the same events again and again', status: 409, code: 'chain_gap' }))
}

async function pullRegisters(parts: PassParts, on: PassEvents): Promise<void> {
  if (await pullKit(parts)) on.changed('kit')
}

async function sendPhotos(
  parts: PassParts,
  ops: SyncOp[],
  on: PassEvents,
  signal: AbortSignal,
  failed: (error: unknown) => void,
): Promise<void> {
  const names = ops.flatMap((op) => (op.op === 'photo' ? [op.sha256] : []))
  if (names.length === 0) return
  on.phase('photos')
  try {
    await pushPhotos(parts, names, signal, () => on.changed('outbox'))
  } catch (error) {
    if (!isLocal(error)) throw error
    failed(error)
  }
}

/**
 * Runs all phases. Photos that cannot be sent must not hide new work, and a receipt that does not
 * match must not hold events: the first such error is thrown at the end.
 */
export async function pass(parts: PassParts, on: PassEvents, signal: AbortSignal): Promise<void> {
  const errors: unknown[] = []
  try {
    if (parts.isEnrolled()) await pushAll(parts, on, signal, (error) => errors.push(error))
    on.phase('pull')
    if (parts.wantsKit()) await pullRegisters(parts, on)
    if (await pullChanges(parts, signal)) on.changed('work_orders')
    if (await pullPlaces(parts)) on.changed('work_orders')
  } finally {
    on.phase('idle')
  }
  if (errors.length > 0) throw errors[0]
}
