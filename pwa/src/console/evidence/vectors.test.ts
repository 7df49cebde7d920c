/** The browser's own checks against the domain's golden cases: two programs, one answer. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Fix, Judgement, Terminal, WorkOrder } from '../../domain/types'
import { clockOf } from '../lib/deadline'
import { timelineOf } from '../work-order/timeline'
import { fromBase64, utf8 } from './bytes'
import { checkEvents, deviceIdOf, EVENT_TYPE, pae, RECEIPT_TYPE, spkiOf, type DeviceKey, type SignedEvent } from './chain'
import { intervalChart, sideOf } from './intervalChart'
import { bestFix, mapSketch } from './mapSketch'
import { checkReceipts, type Envelope } from './receipts'
import { arrivalStatement } from './statement'

const load = <T>(name: string): T => JSON.parse(readFileSync(new URL(`../../../../tests/vectors/${name}`, import.meta.url), 'utf8')) as T

interface Envelopes {
  server: { raw: string; spki: string; dev: string }
  phone: { spki: string; dev: string }
  pae: { type: string; payload: string; pae: string }[]
  receipt: Envelope
  receipt_sm2: Envelope
  accept: { name: string; key: 'phone' | 'server'; envelope: Envelope }[]
  refuse: { name: string; key: 'phone' | 'server'; envelope: Envelope; code: string }[]
}
interface Judgements {
  cases: { name: string; judgement: Judgement; terminal: Terminal; work_order: WorkOrder }[]
}

const envelopes = load<Envelopes>('envelopes.json')
const judgements = load<Judgements>('judgements.json')
const KEYS: Record<'phone' | 'server', DeviceKey> = {
  phone: { dev: envelopes.phone.dev, alg: 'p256', spki: envelopes.phone.spki },
  server: { dev: envelopes.server.dev, alg: 'ed25519', spki: envelopes.server.spki },
}

function listed(envelope: Envelope): Omit<SignedEvent, 'id'> {
  const payload = new TextDecoder('utf-8', { ignoreBOM: true }).decode(fromBase64(envelope.payload))
  let claims: { dev?: string; seq?: number; t?: string } = {}
  try {
    claims = JSON.parse(payload) as typeof claims
  } catch {
    claims = {}
  }
  return { dev: claims.dev ?? KEYS.phone.dev, seq: claims.seq ?? 1, t: claims.t ?? '', payload, sig: envelope.signatures[0]?.sig ?? '' }
}

async function withId(event: Omit<SignedEvent, 'id'>): Promise<SignedEvent> {
  const digest = await crypto.subtle.digest('SHA-256', pae(EVENT_TYPE, utf8(event.payload)))
  return { ...event, id: Buffer.from(digest).toString('hex') }
}

describe('envelopes', () => {
  it('have the same authenticated text', () => {
    for (const { type, payload, pae: text } of envelopes.pae) expect(new TextDecoder().decode(pae(type, utf8(payload)))).toBe(text)
  })
  it('give the same device ids to keys, bare or wrapped', async () => {
    expect(await deviceIdOf(spkiOf(KEYS.phone))).toBe(envelopes.phone.dev)
    expect(await deviceIdOf(spkiOf({ alg: 'ed25519', spki: envelopes.server.raw }))).toBe(envelopes.server.dev)
  })
  it.each(envelopes.accept.map((given) => [given.name, given] as const))('accepted there and here: %s', async (_, given) => {
    const event = await withId(listed(given.envelope))
    const checks = (await checkEvents([event], [KEYS[given.key]])).get(event.id)!
    expect([checks.id, checks.signature, checks.form]).toEqual(['ok', 'ok', 'ok'])
  })
  const CHECKED_HERE = ['bad_signature', 'not_canonical', 'duplicate_key', 'number_out_of_range', 'not_an_integer', 'byte_order_mark', 'not_utf8', 'not_json']
  const refused = envelopes.refuse.filter(({ code, envelope }) => CHECKED_HERE.includes(code) && envelope.payloadType === EVENT_TYPE)
  it.each(refused.map((given) => [given.name, given] as const))('refused there and here: %s', async (_, given) => {
    const event = await withId(listed(given.envelope))
    const checks = (await checkEvents([event], [KEYS[given.key]])).get(event.id)!
    // A key that is not the device's own cannot be asked here: that is no proof either.
    expect([checks.id, checks.signature, checks.form]).not.toEqual(['ok', 'ok', 'ok'])
  })
  const SERVER = [{ spki: envelopes.server.raw, from: null, before: null }]
  it('hold the same receipt genuine', async () => {
    expect(envelopes.receipt.payloadType).toBe(RECEIPT_TYPE)
    const [receipt] = await checkReceipts([{ envelope: envelopes.receipt }], SERVER, [])
    expect(receipt!.signature).toBe('ok')
  })
  it('hold a receipt genuine by its first signature, whatever the second is', async () => {
    expect(envelopes.receipt_sm2.signatures).toHaveLength(2)
    const [receipt] = await checkReceipts([{ envelope: envelopes.receipt_sm2 }], SERVER, [])
    expect([receipt!.signature, receipt!.signed_twice]).toEqual(['ok', true])
    const swapped = { ...envelopes.receipt_sm2, signatures: envelopes.receipt_sm2.signatures.toReversed() }
    expect((await checkReceipts([{ envelope: swapped }], SERVER, []))[0]!.signature).toBe('bad')
  })
})

describe.each(judgements.cases.map((given) => [given.name, given] as const))('judged: %s', (_, { judgement, terminal, work_order }) => {
  const clock = clockOf(judgement, 'arrival')

  it('is said in words with the verdict the domain gave', () => {
    const said = arrivalStatement(judgement)
    expect(said.verdict).toBe(judgement.arrival.verdict ?? 'none')
    expect(said.headline).not.toContain('head.')
    expect(said.sentences.length > 0).toBe(clock !== undefined)
    expect(said.sentences.join('')).not.toMatch(/[{}]|NaN|undefined|Invalid/)
  })
  it('is drawn on the side of the deadline that the domain judged', () => {
    if (!clock?.ended || clock.limit_minutes === null) return
    const side = { met: 'before', breached: 'after', cannot_tell: 'across' }[clock.verdicts.server as 'met' | 'breached' | 'cannot_tell']
    expect(sideOf(clock.started, clock.limit_minutes * 60_000, clock.ended.b)).toBe(side)
    const chart = intervalChart(clock.started, clock.limit_minutes * 60_000, [{ kind: 'b', interval: clock.ended.b }], null)
    for (const x of [chart.start, chart.due!.from, chart.bars[0]!.from, chart.bars[0]!.to]) expect(x >= 0 && x <= 1).toBe(true)
  })
  it('has its positions on the sketch, the judged one to scale', () => {
    work_order.visits.forEach((visit, index) => {
      const fixes: Fix[] = visit.check_in.fixes
      const presence = judgement.presence[index]!
      const best = bestFix(terminal, fixes, presence)
      const sketch = mapSketch(terminal, presence.radius_cm, fixes, 400, best)
      if (best === null || presence.distance_cm === null) return
      const placed = sketch.fixes[best]!
      const drawn = Math.hypot(placed.x - 200, placed.y - 200) * sketch.metresPerUnit
      expect(placed.beyond).toBeNull()
      expect(Math.abs(drawn - presence.distance_cm / 100)).toBeLessThan(0.5 + presence.distance_cm / 100_000)
    })
  })
  it('has every fact of the work order in its course', () => {
    const kinds = timelineOf(work_order).map((entry) => entry.kind)
    expect(kinds[0]).toBe('reported')
    expect(kinds.filter((kind) => kind === 'checked_in').length).toBe(work_order.visits.length)
    expect(kinds.filter((kind) => kind === 'evaluated').length).toBe(work_order.evaluations.length)
  })
})
