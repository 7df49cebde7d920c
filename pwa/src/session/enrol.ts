/**
 * Makes this phone's key and has the server enrol it.
 *
 * The key is a P-256 pair whose private half no program can read out. Some browsers accept such a
 * key and lose it, or refuse to store it; so it is written, the database opened anew, the key read
 * back, and what was read back signs the server's challenge. Only a key that survived this is
 * enrolled. There is no fallback to a key that could be copied.
 *
 * Beside another phone of the same person the server enrols none until somebody in charge approves. The key
 * waits on this phone, through restarts and sign-outs, and its check number is computed here.
 */
import type { Api } from '../api/client'
import type { EnrolmentRequest } from '../api/types'
import { openDatabase, type Database } from '../db/database'
import type { KeyRow } from '../db/schema'
import type { Domain } from '../domain/door'
import type { Envelope, KeyRecord, PersonId } from '../domain/types'
import { toBase64, toHex, sha256 } from '../shared/lib/bytes'
import { Problem } from '../api/problem'
import { Refusal } from '../shared/lib/errors'
import { en } from '../shared/i18n/en'
import { zh } from '../shared/i18n/zh'
import type { PhoneRequest } from '../ports'
import type { Chain } from '../sync/chain'
import { isUnknownKey, serverKeys, type ServerKeys } from '../sync/server-keys'

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

/** Fetches the registers, and with them the server's keys. The first one ever seen is kept for good. */
async function fetchKit(api: Api, db: Database): Promise<ServerKeys> {
  const kit = await api.kit(null)
  if (!kit) throw notOurs()
  await db.strict(['kit', 'meta'], async (tx) => {
    await tx.objectStore('kit').put(kit, 'kit')
    if (!(await tx.objectStore('meta').get('server_key'))) await tx.objectStore('meta').put(kit.server_key, 'server_key')
  })
  return (await serverKeys(db)) as ServerKeys
}

/** Reads the record under the keys at hand, and under those of now if the server has changed its key since. */
async function verified({ api, db, domain }: EnrolParts, envelope: Envelope, server: ServerKeys): Promise<KeyRecord> {
  try {
    return await domain.call('verify_key_record', { envelope, ...server })
  } catch (error) {
    if (!isUnknownKey(error)) throw error
    return domain.call('verify_key_record', { envelope, ...(await fetchKit(api, db)) })
  }
}

const hexBytes = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

type Answer = { key_record: Envelope } | EnrolmentRequest

/** Has the server sign for this key. */
async function register(parts: EnrolParts, key: KeyRow): Promise<Answer> {
  const { challenge } = await parts.api.devices.challenge()
  const signature = await crypto.subtle.sign(SIGNING, key.pair.privateKey, hexBytes(challenge))
  const form = { spki: key.spki, challenge, sig: toBase64(new Uint8Array(signature)), label: parts.label }
  return parts.api.devices.create(form)
}

/** Asks how the request of this key stands; a server that has lost it is asked anew. */
async function standing(parts: EnrolParts, key: KeyRow): Promise<Answer> {
  return parts.api.enrolments.find(key.dev).catch((error: unknown) => {
    if (error instanceof Problem && error.status === 404) return register(parts, key)
    throw error
  })
}

/** The key record, if it is the server's word about this key and this person. */
async function believed(parts: EnrolParts, key: KeyRow, envelope: Envelope): Promise<Envelope> {
  const server = (await serverKeys(parts.db)) ?? (await fetchKit(parts.api, parts.db))
  const said = await verified(parts, envelope, server)
  if (said.dev !== key.dev || said.person !== parts.person || said.spki !== key.spki) throw notOurs()
  return envelope
}

/** Keeps what was told, so that a start without network shows it too. */
async function keep(parts: EnrolParts, key: KeyRow, told: EnrolmentRequest, before?: PhoneRequest): Promise<PhoneRequest> {
  if (told.dev !== key.dev) throw notOurs()
  const { grouped } = await parts.domain.call('check_number', { spki: key.spki, salt: told.salt })
  const request = { number: grouped, told }
  if (JSON.stringify(request) !== JSON.stringify(before)) await parts.db.setMeta('request', request)
  return request
}

/** The key record, or how the request stands without one. What was not approved stays so, and is asked no more. */
async function recordOf(parts: EnrolParts, key: KeyRow): Promise<Envelope | PhoneRequest> {
  const { db } = parts
  const [record, before] = await Promise.all([db.meta('key_record'), db.meta('request')])
  if (record) return record
  if (before && before.told.standing !== 'waiting') return before
  // The registers with the server's keys are needed in either case, and show the work while the phone waits.
  if (!(await serverKeys(db))) await fetchKit(parts.api, db)
  const answer = await (before ? standing(parts, key) : register(parts, key))
  if (!answer.key_record) return keep(parts, key, answer as EnrolmentRequest, before)
  const believable = await believed(parts, key, answer.key_record)
  await db.strict(['meta'], async (tx) => {
    await tx.objectStore('meta').put(believable, 'key_record')
    await tx.objectStore('meta').delete('request')
  })
  return believable
}

/** A key that the server will never accept is of no use, and nothing was signed with it yet: the next try makes another. */
async function forgetUnusable(db: Database, error: unknown): Promise<void> {
  if (!(error instanceof Problem) || error.code !== 'key_not_usable') return
  await db.strict(['meta'], async (tx) => {
    for (const name of ['key', 'request']) await tx.objectStore('meta').delete(name)
  })
}

/** Returns the key's name, or the request that it waits for. Safe to repeat after any interruption. */
export async function enrol(parts: EnrolParts): Promise<string | PhoneRequest> {
  const { db, chain, person } = parts
  const key = await ownKey(db, person)
  const record = await recordOf(parts, key).catch(async (error: unknown) => {
    await forgetUnusable(db, error)
    throw error
  })
  if ('told' in record) return record
  if (!(await db.meta('head'))) await chain.appendFirst({ t: 'enrolled', body: { key_record: record }, wo: null })
  return key.dev
}
