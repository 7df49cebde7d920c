/** Runs every check of the evidence page in this browser and keeps the answers as they come. */
import { computed, ref, shallowRef, watch, type Ref } from 'vue'
import type { EvidenceForm, StretchEvent } from '../api'
import { toCanonical } from './canonical'
import { checkEvents, commitmentOf, deviceIdOf, hashOf, spkiOf, worst, type Check, type DeviceKey, type EventChecks, type SignedEvent } from './chain'
import { hasEnd } from '../lib/bound'
import { clockOf } from '../lib/deadline'
import type { Domain, KeySpan } from '../../domain/door'
import type { Judgement } from '../../domain/types'
import type { Findings } from './proof'
import { checkReceipts, type CheckedReceipt } from './receipts'
import type { Photos } from './usePhotos'

/** An event of the stretch with its text, as the table lists it. */
export type ListedEvent = SignedEvent & Pick<StretchEvent, 'wo' | 'refused' | 'bounds'>

const payloadText = (payload: unknown): string => (typeof payload === 'string' ? payload : toCanonical(payload))

/** Chain after chain, the desk's first (one for each key the server had), each by its own numbering. */
function inStory(events: StretchEvent[], keys: DeviceKey[]): StretchEvent[] {
  const rank = (event: StretchEvent) => {
    const place = keys.findIndex((key) => key.alg === 'ed25519' && key.dev === event.dev)
    return place < 0 ? keys.length : place
  }
  return [...events].sort((a, b) => rank(a) - rank(b) || a.dev.localeCompare(b.dev) || a.seq - b.seq)
}

const hasKey = (device: object): device is DeviceKey => 'spki' in device && 'alg' in device && 'dev' in device

/** The server's keys, as far as they can be followed from its first one; null if there is none. */
async function serverKeysOf({ server_key, key_changes }: EvidenceForm, domain: Domain): Promise<KeySpan[] | null> {
  if (!server_key) return null
  if (key_changes?.length) return domain.call('server_keys', { server_key, key_changes }).catch(() => null)
  const dev = await deviceIdOf(spkiOf({ alg: 'ed25519', spki: server_key }))
  return [{ dev, spki: server_key, from: null, before: null }]
}

function keysOf(evidence: EvidenceForm, server: KeySpan[]): DeviceKey[] {
  const keys = (evidence.devices as object[]).filter(hasKey)
  const own = server.filter(({ dev }) => !keys.some((key) => key.dev === dev))
  return [...own.map(({ dev, spki }): DeviceKey => ({ dev, alg: 'ed25519', spki })), ...keys]
}

/** Salted values can be checked only when the server gives the salt along. */
async function checkSidecar(c: string, items: { c: string; value: unknown; salt?: unknown }[]): Promise<Check> {
  const item = items.find((candidate) => candidate.c === c)
  if (!item || typeof item.salt !== 'string') return 'unknown'
  return (await commitmentOf(item.salt, item.value)) === c ? 'ok' : 'bad'
}

/** Somebody outside bounds the arrival from above. */
function isWitnessed(judgement: Judgement): boolean {
  const external = clockOf(judgement, 'arrival')?.ended?.a
  return external !== null && external !== undefined && hasEnd(external)
}

/** Whoever saw the label or knows the number can make these. */
const COPYABLE: readonly string[] = ['signed_label', 'static_code', 'typed_code']

export function useChecks(evidence: Ref<EvidenceForm | null>, photos: Photos, domain: Domain) {
  const events = shallowRef<ListedEvent[]>([])
  const eventChecks = shallowRef(new Map<string, EventChecks>())
  const receipts = shallowRef<CheckedReceipt[]>([])
  const serverKeys = shallowRef<KeySpan[]>([])
  const shown = shallowRef(new Map<string, Check>())
  const ink = shallowRef(new Map<string, Check>())
  const done = ref(false)

  async function run(found: EvidenceForm): Promise<void> {
    done.value = false
    const server = await serverKeysOf(found, domain)
    serverKeys.value = server ?? []
    const keys = keysOf(found, serverKeys.value)
    events.value = inStory(found.events, keys).map((event) => ({ ...event, payload: payloadText(event.payload) }))
    eventChecks.value = await checkEvents(events.value, keys)
    receipts.value = await checkReceipts(found.receipts, server, events.value)
    for (const evaluation of found.work_order.evaluations) {
      const matches = await hashOf(evaluation.summary).then((hash) => hash === evaluation.shown, () => false)
      shown.value = new Map(shown.value).set(evaluation.at.event, matches ? 'ok' : 'bad')
      ink.value = new Map(ink.value).set(evaluation.at.event, await checkSidecar(evaluation.ink_c, found.ink))
    }
    done.value = true
  }

  watch(evidence, (found) => found && void run(found), { immediate: true })

  const findings = computed<Findings | null>(() => {
    const found = evidence.value
    if (!found) return null
    const checks = [...eventChecks.value.values()]
    const onPage = checks.map((check) => check.prev).filter((check) => check !== 'unknown')
    const counted = found.judgement.presence[found.judgement.arrival.visit ?? 0]
    return {
      events: events.value.length,
      signatures: worst(checks.flatMap((check) => [check.id, check.form, check.signature])),
      links: worst(onPage),
      receipts: receipts.value.length,
      receiptSignatures: worst(receipts.value.map((receipt) => receipt.signature)),
      photos: found.work_order.photos.length,
      photoHashes: worst(found.work_order.photos.map((photo) => photos.checkOf(photo.sha256))),
      evaluated: found.work_order.evaluations.length > 0,
      shownHash: worst([...shown.value.values()]),
      inkHash: worst([...ink.value.values()]),
      arrived: found.work_order.visits.length > 0,
      copyableCode: counted?.factors.some(({ code, points }) => COPYABLE.includes(code) && points > 0) ?? false,
      witnessed: isWitnessed(found.judgement),
      invented: found.witnesses.some((name) => name.endsWith('.invalid')),
      quarantined: found.quarantined.length + found.events.filter((event) => event.refused && event.wo === found.work_order.id).length,
    }
  })
  return { events, eventChecks, receipts, serverKeys, shown, ink, findings, done }
}
