import { beforeAll, describe, expect, it } from 'vitest'
import { sha256Hex, toHex, utf8 } from './bytes'
import { NotCanonical, toCanonical } from './canonical'
import { checkEvents, commitmentOf, deviceIdOf, EVENT_TYPE, hashOf, pae, RECEIPT_TYPE, spkiOf, worst, type DeviceKey, type SignedEvent } from './chain'
import { binding, checkReceipts, covering, type Envelope, type ServerKey } from './receipts'

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

class Phone {
  prev = '0'.repeat(64)
  seq = 0
  constructor(
    readonly keys: CryptoKeyPair,
    readonly key: DeviceKey,
  ) {}
  static async make() {
    const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
    const spki = new Uint8Array(await crypto.subtle.exportKey('spki', keys.publicKey))
    return new Phone(keys, { dev: await deviceIdOf(spki), alg: 'p256', spki: base64(spki) })
  }
  async record(t: string, body: object): Promise<SignedEvent> {
    const payload = toCanonical({ v: 1, dev: this.key.dev, seq: ++this.seq, prev: this.prev, t, body })
    const message = pae(EVENT_TYPE, utf8(payload))
    const sig = new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, this.keys.privateKey, message))
    this.prev = await sha256Hex(message)
    return { id: this.prev, dev: this.key.dev, seq: this.seq, t, payload, sig: base64(sig) }
  }
}

let phone: Phone
let events: SignedEvent[]
beforeAll(async () => {
  phone = await Phone.make()
  events = []
  for (const t of ['enrolled', 'app_started', 'scanned', 'checked_in', 'restored']) events.push(await phone.record(t, { note: '到场 😀' }))
})

describe('the envelope', () => {
  it('is authenticated as DSSE writes it', () => {
    expect(new TextDecoder().decode(pae('http://example.com/HelloWorld', utf8('hello world')))).toBe(
      'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
    )
  })
  it('has keys in UTF-16 order and integers only', () => {
    expect(toCanonical({ '\u{1f600}': 1, '\ufb33': 2, b: [null, true, '\n'], a: -5 })).toBe('{"a":-5,"b":[null,true,"\\n"],"\u{1f600}":1,"\ufb33":2}')
    expect(() => toCanonical({ a: 1.5 })).toThrow(NotCanonical)
    expect(() => toCanonical(2 ** 53)).toThrow(NotCanonical)
  })
})

describe('checkEvents', () => {
  const all = { id: 'ok', signature: 'ok', prev: 'ok', form: 'ok' }
  it('accepts a whole chain', async () => {
    const checks = await checkEvents(events, [phone.key])
    for (const event of events) expect(checks.get(event.id)).toEqual(all)
  })
  it('cannot tell about a predecessor that is not on the page, or a key it has not', async () => {
    const [, , third] = events
    expect((await checkEvents([third!], [phone.key])).get(third!.id)).toEqual({ ...all, prev: 'unknown' })
    expect((await checkEvents(events, [])).get(third!.id)).toEqual({ ...all, signature: 'unknown' })
  })
  it('finds a changed word: neither id nor signature hold', async () => {
    const changed = { ...events[3]!, payload: events[3]!.payload.replace('到场', '离场') }
    const checks = await checkEvents([...events.slice(0, 3), changed], [phone.key])
    expect(checks.get(changed.id)).toEqual({ ...all, id: 'bad', signature: 'bad' })
  })
  it('finds a link to another event', async () => {
    const liar = { ...events[1]!, id: 'f'.repeat(64) }
    const checks = await checkEvents([events[0]!, liar, events[2]!], [phone.key])
    expect(checks.get(events[2]!.id)!.prev).toBe('bad')
    expect(checks.get(liar.id)!.id).toBe('bad')
  })
  it('finds two events with one number', async () => {
    const twin = { ...events[2]!, id: 'e'.repeat(64) }
    const checks = await checkEvents([...events, twin], [phone.key])
    expect(checks.get(events[2]!.id)!.prev).toBe('bad')
  })
  it('finds a foreign key under the device name', async () => {
    const other = await Phone.make()
    const checks = await checkEvents(events, [{ ...other.key, dev: phone.key.dev }])
    expect(checks.get(events[0]!.id)!.signature).toBe('bad')
  })
  it('finds an event listed under another number or kind than it says', async () => {
    const renamed = { ...events[2]!, t: 'restored' }
    expect((await checkEvents([renamed], [phone.key])).get(renamed.id)!.form).toBe('bad')
  })
  it('finds spaces in a text that was signed without them', async () => {
    const spaced = { ...events[2]!, payload: events[2]!.payload.replace('{', '{ ') }
    expect((await checkEvents([spaced], [phone.key])).get(spaced.id)!.form).toBe('bad')
  })
})

describe('receipts', () => {
  let serverKey: string
  let sign: (receipt: object, type?: string) => Promise<Envelope>
  beforeAll(async () => {
    const keys = (await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])) as CryptoKeyPair
    serverKey = base64(new Uint8Array(await crypto.subtle.exportKey('raw', keys.publicKey)))
    sign = async (receipt, type = RECEIPT_TYPE) => {
      const payload = utf8(toCanonical(receipt))
      const sig = new Uint8Array(await crypto.subtle.sign('Ed25519', keys.privateKey, pae(type, payload)))
      return { payloadType: type, payload: base64(payload), signatures: [{ keyid: 'server', sig: base64(sig) }] }
    }
  })
  const always = (spki: string) => [{ spki, from: null, before: null }]
  const given = (envelopes: Envelope[]) => envelopes.map((envelope) => ({ envelope }))
  const receipt = (seq: number, ts: number) => ({ v: 1, dev: phone.key.dev, head: events[seq - 1]!.id, head_seq: seq, nonce: null, ts, via: 'sync' })

  it('hold with the bare or the wrapped server key, and cover every event up to their head', async () => {
    const envelopes = [await sign(receipt(5, 2000)), await sign(receipt(3, 1000))]
    const wrapped = base64(spkiOf({ alg: 'ed25519', spki: serverKey }))
    for (const key of [serverKey, wrapped]) {
      const checked = await checkReceipts(given(envelopes), always(key), events)
      expect(checked.map(({ ts, signature, head_matches }) => [ts, signature, head_matches])).toEqual([
        [1000, 'ok', 'ok'],
        [2000, 'ok', 'ok'],
      ])
      expect(covering(checked, events[2]!)!.ts).toBe(1000)
      expect(covering(checked, events[3]!)!.ts).toBe(2000)
      expect(covering(checked, { dev: phone.key.dev, seq: 6 })).toBeNull()
    }
  })
  it('fail when altered, when another head is named, when signed as another type', async () => {
    const altered = await sign(receipt(3, 1000))
    altered.payload = base64(utf8(toCanonical(receipt(3, 999))))
    const foreign = await sign({ ...receipt(3, 1001), head: events[0]!.id })
    const typed = await sign(receipt(3, 1002), EVENT_TYPE)
    const checked = await checkReceipts(given([altered, foreign, typed]), always(serverKey), events)
    expect(checked.map(({ signature, head_matches }) => [signature, head_matches])).toEqual([
      ['bad', 'ok'],
      ['ok', 'bad'],
      ['bad', 'ok'],
    ])
    expect(covering(checked, events[0]!)).toBeNull()
  })
  it('that bind an event are the last before it and the first over it, and no others', async () => {
    const times = [1_000_000, 2_000_000, 3_000_000, 4_000_000, 5_000_000]
    const checked = await checkReceipts(given(await Promise.all(times.map((ts, index) => sign(receipt(index + 1, ts))))), always(serverKey), events)
    const event = { dev: phone.key.dev, seq: 4, earliest: 2_999_000 }
    expect(binding(checked, [event]).map((found) => found.ts)).toEqual([3_000_000, 4_000_000])
    expect(binding(checked, [{ ...event, earliest: null }]).map((found) => found.ts)).toEqual([4_000_000])
    expect(binding(checked, [])).toEqual([])
  })
  it('that were relayed count only where their head stands, and not at all when their code is in doubt', async () => {
    const relayed = { ...receipt(3, 1000), via: 'relay_qr' }
    const elsewhere = { ...relayed, head_seq: 90, ts: 900 }
    const checked = await checkReceipts(given([await sign(relayed), await sign(elsewhere)]), always(serverKey), events)
    expect(covering(checked, events[1]!)!.ts).toBe(1000)
    const doubt = { code: 'relay_code_ambiguous', zh: '已全部作废', en: 'Counts for none' }
    const doubted = await checkReceipts([{ envelope: await sign({ ...relayed, via: 'relay_code' }), doubt }], always(serverKey), events)
    expect(covering(doubted, events[1]!)).toBeNull()
    expect(binding(doubted, [])).toEqual(doubted)
  })
  it('hold only by the key that signed then', async () => {
    const [old, next] = [always(serverKey)[0]!, always(base64(new Uint8Array(32).fill(9)))[0]!]
    const at = async (ts: number, via: string, keys: ServerKey[]) =>
      (await checkReceipts(given([await sign({ ...receipt(3, ts), via })]), keys, events))[0]!.signature
    const replaced = [{ ...old, before: 1000 }, { ...next, from: 1000 }]
    expect(await Promise.all([999, 1000, 1001].map((ts) => at(ts, 'sync', replaced)))).toEqual(['ok', 'bad', 'bad'])
    const begun = [{ ...next, before: 1000 }, { ...old, from: 1000 }]
    expect(await Promise.all([999, 1000, 1001].map((ts) => at(ts, 'sync', begun)))).toEqual(['bad', 'ok', 'ok'])
    // A code told before the change is receipted after it.
    expect(await Promise.all([at(999, 'relay_code', begun), at(1000, 'relay_code', replaced)])).toEqual(['ok', 'bad'])
  })
  it('are unknown without the server key', async () => {
    expect((await checkReceipts(given([await sign(receipt(3, 1))]), null, events))[0]!.signature).toBe('unknown')
  })
})

describe('hashes', () => {
  it('of a summary do not depend on the order of its members', async () => {
    expect(await hashOf({ b: 1, a: '工单' })).toBe(await hashOf({ a: '工单', b: 1 }))
  })
  it('of a sidecar need its salt', async () => {
    const salt = '00112233445566778899aabbccddeeff'
    expect(await commitmentOf(salt, { name: '王' })).toBe(toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', Buffer.concat([Buffer.from(salt, 'hex'), Buffer.from('{"name":"王"}')])))))
    expect(await commitmentOf(salt.replace('0', '1'), { name: '王' })).not.toBe(await commitmentOf(salt, { name: '王' }))
  })
  it('the worst check counts, and none is not a pass', () => {
    expect([worst([]), worst(['ok']), worst(['ok', 'unknown']), worst(['unknown', 'bad'])]).toEqual(['unknown', 'ok', 'unknown', 'bad'])
  })
})
