/**
 * Makes this phone's key and has the server enrol it.
 *
 * The key is a P-256 pair whose private half no program can read out. Some browsers accept such a
 * key and lose it, or refuse to store it; so it is written, the database opened anew, the key read
 * back, and what was read back signs the server's challenge. Only a key that survived this is
 * enrolled. There is no fallback to a key that could be copied.
 */
import type { Api } from '../api/client'
import { openDatabase, type Database } from '../db/database'
import type { KeyRow } from '../db/schema'
import type { Domain } from '../domain/door'
import type { Envelope, PersonId } from '../domain/types'
import { toBase64, toHex, sha256 } from '../shared/lib/bytes'
import { Problem } from '../api/problem'
import { Refusal } from '../shared/lib/errors'
import { en } from '../shared/i18n/en'
import { zh } from '../shared/i18n/zh'
import type { Chain } from '../sync/chain'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' }
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' }

export interface EnrolParts {
  api: Api
  db: Database
  domain: Domain
  chain: Chain
  person: PersonId
  label: string
}

const notKept = (): Refusal => new Refusal('key_not_kept', zh['key.not_kept'], en['key.not_kept'])

const notOurs = (): Refusal =>
  new Refusal('key_record_mismatch', '服务器返回的密钥登记与本机不符', 'The server’s key record does not match this phone')

/** Whether the private half signs and the public half agrees. */
async function works(key: KeyRow): Promise<boolean> {
  const probe = crypto.getRandomValues(new Uint8Array(32))
  const signature = await crypto.subtle.sign(SIGNING, key.pair.privateKey, probe)
  return crypto.subtle.verify(SIGNING, key.pair.publicKey, signature, probe)
}

async function make(db: Database): Promise<void> {
  const pair = await crypto.subtle.generateKey(ALGORITHM, false, ['sign', 'verify'])
  const spki = new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey))
  const dev = toHex((await sha256(spki)).slice(0, 16))
  await db.setMeta('key', { dev, spki: toBase64(spki), pair })
}

/** Reads the key through a connection of its own, as the next start of the app will. */
async function readBack(person: PersonId): Promise<KeyRow | undefined> {
  const fresh = openDatabase(person)
  try {
    return await fresh.meta('key')
  } finally {
    fresh.close()
  }
}

async function ownKey(db: Database, person: PersonId): Promise<KeyRow> {
  try {
    if (!(await db.meta('key'))) await make(db)
    const key = await readBack(person)
    if (!key || key.pair.privateKey.extractable || !(await works(key))) throw notKept()
    return key
  } catch (error) {
    throw error instanceof Error && error.name === 'DataCloneError' ? notKept() : error
  }
}

async function serverKey(api: Api, db: Database): Promise<string> {
  const known = await db.meta('server_key')
  if (known) return known
  const kit = await api.kit(null)
  if (!kit) throw notOurs()
  await db.strict(['kit', 'meta'], async (tx) => {
    await tx.objectStore('kit').put(kit, 'kit')
    await tx.objectStore('meta').put(kit.server_key, 'server_key')
  })
  return kit.server_key
}

const hexBytes = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

/** Has the server sign for this key. */
async function register(parts: EnrolParts, key: KeyRow): Promise<Envelope> {
  const { api, db, domain, person } = parts
  const server_key = await serverKey(api, db)
  const { challenge } = await api.devices.challenge()
  const signature = await crypto.subtle.sign(SIGNING, key.pair.privateKey, hexBytes(challenge))
  const form = { spki: key.spki, challenge, sig: toBase64(new Uint8Array(signature)), label: parts.label }
  const { key_record } = await api.devices.create(form)
  const said = await domain.call('verify_key_record', { envelope: key_record, server_key })
  if (said.dev !== key.dev || said.person !== person || said.spki !== key.spki) throw notOurs()
  return key_record
}

/** A key that the server will never accept is of no use, and nothing was signed with it yet: the next try makes another. */
async function forgetUnusable(db: Database, error: unknown): Promise<void> {
  if (!(error instanceof Problem) || error.code !== 'key_not_usable') return
  await db.strict(['meta'], (tx) => tx.objectStore('meta').delete('key'))
}

/** Returns the key's name. Safe to repeat after any interruption. */
export async function enrol(parts: EnrolParts): Promise<string> {
  const { db, chain, person } = parts
  const key = await ownKey(db, person)
  let record = await db.meta('key_record')
  if (!record) {
    try {
      record = await register(parts, key)
    } catch (error) {
      await forgetUnusable(db, error)
      throw error
    }
    await db.setMeta('key_record', record)
  }
  if (!(await db.meta('head'))) await chain.appendFirst({ t: 'enrolled', body: { key_record: record }, wo: null })
  return key.dev
}
