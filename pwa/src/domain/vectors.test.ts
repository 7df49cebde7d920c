/**
 * Every golden case of `tests/vectors/` through the WebAssembly that phones run. The same cases
 * run in native code in `server/domain` and `server/domain_wasm`, so all three agree.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { rawRules } from '../../test/support/rules'

type Case = Record<string, any>

const read = (file: string): Case =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../../../tests/vectors/${file}`, import.meta.url)), 'utf8')) as Case

let askText: (request: string) => Case
const ask = (fn: string, args: unknown): Case => askText(JSON.stringify({ fn, args }))

function ok(fn: string, args: unknown): unknown {
  const answer = ask(fn, args)
  expect(answer, fn).toHaveProperty('ok')
  return answer['ok']
}

const codeOf = (answer: Case): string => answer['refusal']?.code ?? 'accepted'
const named = (cases: Case[]): [string, Case][] => cases.map((one) => [one['name'], one])

beforeAll(async () => {
  const rules = await rawRules()
  askText = (request) => JSON.parse(rules.ask(request)) as Case
})

describe('a work order', () => {
  const { cases, site, policy } = read('judgements.json')

  it.each(named(cases))('is folded and judged as stored: %s', (_name, one) => {
    const folded = ok('apply', { work_order: one['born'], recorded: one['recorded'] })
    expect(folded).toEqual(one['work_order'])
    expect(ok('apply', { work_order: folded, recorded: one['recorded'] })).toEqual(folded)
    const items = [{ work_order: folded, terminal: one['terminal'], site, external: one['external'] }]
    expect(ok('judge', { items, policy, now: one['now'] })).toEqual([one['judgement']])
    expect(ok('digest_of', { value: policy })).toBe(one['born'].policy)
  })

  const signed: [string, Case, number][] = cases.flatMap((one: Case) =>
    one['recorded'].flatMap((recorded: Case, place: number) =>
      // What came through a link the server has signed, and derived from the phone that did the work.
      recorded['event'].t === 'evaluated' && !recorded['event'].body.link ? [[one['name'], one, place]] : [],
    ),
  )

  it.each(signed)('has the summary that was signed: %s', (_name, one, place) => {
    const { dev, body } = one['recorded'][place].event
    const before = ok('apply', { work_order: one['born'], recorded: one['recorded'].slice(0, place) })
    const summary = ok('summary', { work_order: before, dev, site_name: body.summary.site_name })
    expect(summary).toEqual({ summary: body.summary, shown: body.shown })
  })
})

describe('a check-in', () => {
  const { cases, site, policy } = read('presence.json')

  it.each(named(cases))('has the stored presence: %s', (_name, one) => {
    const items = [{ work_order: one['work_order'], terminal: one['terminal'], site, external: one['external'] }]
    const [judgement] = ok('judge', { items, policy, now: 1_795_485_600_000 }) as Case[]
    expect(judgement?.['presence'][0]).toEqual(one['presence'])
  })
})

describe('a chain', () => {
  it.each(named(read('interval.json')['cases']))('has the stored bounds: %s', (_name, one) => {
    const { links, receipts: seen, policy: tolerance } = one['args']
    expect(ok('bounds', { links, seen, tolerance })).toEqual(one['ok'])
  })
})

describe('a value', () => {
  const { accept, refuse } = read('canonical.json')
  const salt = '000102030405060708090a0b0c0d0e0f'

  it.each(named(accept))('has one spelling: %s', (name, one) => {
    const value: unknown = JSON.parse(one['json'])
    expect(ok('digest_of', { value })).toBe(createHash('sha256').update(one['canonical']).digest('hex'))
    const sealed = ask('prepare_sidecar', { salt, value })
    // The sidecar around it is one level more.
    if (name === 'deepest nesting') expect(codeOf(sealed)).toBe('too_deep')
    else expect(sealed['ok']?.text).toBe(`{"salt":"${salt}","value":${one['canonical']}}`)
  })

  // Faults of spelling are lost on the way to the door; these are faults of the value.
  const codes = ['not_an_integer', 'number_out_of_range', 'too_deep']
  it.each(named(refuse.filter((one: Case) => codes.includes(one['code']))))('is refused: %s', (_name, one) => {
    const answer = askText(`{"fn":"digest_of","args":{"value":${one['text']}}}`)
    expect([...codes, 'malformed_request']).toContain(codeOf(answer))
  })
})

describe('an envelope', () => {
  const vectors = read('envelopes.json')
  const keyOf = (one: Case): string => vectors[one['key'] === 'server' ? 'server' : 'phone'].spki

  it.each(named(vectors['accept']))('is opened, and its event prepared to the same bytes: %s', (_name, one) => {
    const opened = ok('verify_event', { envelope: one['envelope'], spki: keyOf(one) }) as Case
    expect(opened['id']).toBe(one['id'])
    const prepared = ok('prepare_event', { event: opened['event'] })
    expect(prepared).toMatchObject({ id: one['id'], payload: one['payload'] })
  })

  it.each(named(vectors['refuse']))('is refused: %s', (_name, one) => {
    const answer = ask('verify_event', { envelope: one['envelope'], spki: keyOf(one) })
    expect([one['code'], 'malformed_request']).toContain(codeOf(answer))
  })

  it.each([
    ['verify_receipt', 'receipt', 'refuse_receipt'],
    ['verify_receipt', 'receipt_sm2', 'refuse_receipt'],
    ['verify_key_record', 'key_record', 'refuse_key_record'],
  ])('of the server: %s', (fn, good, bad) => {
    const server_key = vectors['server'].spki
    expect(ok(fn, { envelope: vectors[good], server_key })).toMatchObject({ dev: vectors['phone'].dev })
    for (const one of vectors[bad]) {
      expect(codeOf(ask(fn, { envelope: one.envelope, server_key })), one.name).toBe(one.code)
    }
  })

  it.each(vectors['sidecar'] as Case[])('commits to its sidecar', ({ sidecar, c }) => {
    expect(ok('prepare_sidecar', sidecar)).toMatchObject({ c })
  })
})
