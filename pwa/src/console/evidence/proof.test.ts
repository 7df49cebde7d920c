import { describe, expect, it } from 'vitest'
import { proofOf, type Findings } from './proof'

const whole: Findings = {
  events: 9,
  signatures: 'ok',
  links: 'ok',
  receipts: 3,
  receiptSignatures: 'ok',
  photos: 2,
  photoHashes: 'ok',
  evaluated: true,
  shownHash: 'ok',
  inkHash: 'unknown',
  arrived: true,
  copyableCode: true,
  witnessed: true,
  invented: false,
  quarantined: 0,
}
const codes = (lines: { code: string }[]) => lines.map((line) => line.code)

describe('what is proved and what is not', () => {
  it('calls proved only what was checked here and held', () => {
    const proof = proofOf(whole)
    expect(codes(proof.proved)).toEqual(['signatures', 'links', 'receipts', 'photos', 'shown'])
    expect(codes(proof.unchecked)).toEqual(['ink'])
    expect(proof.failed).toEqual([])
  })
  it('moves a failed check out of the proved list', () => {
    const proof = proofOf({ ...whole, photoHashes: 'bad' })
    expect(codes(proof.failed)).toEqual(['photos'])
    expect(codes(proof.proved)).not.toContain('photos')
  })
  it('never omits that the wall clock, the server and its program are trusted', () => {
    const empty = proofOf({ ...whole, events: 0, receipts: 0, photos: 0, evaluated: false, arrived: false, copyableCode: false, witnessed: false })
    expect(empty.proved).toEqual([])
    expect(codes(empty.limits)).toEqual(['not_arrived', 'wall_clock', 'server_trust', 'same_server_program'])
  })
  it('names whom the time rests on: the server, witnesses, or a witness that is only invented', () => {
    const trusted = (found: Partial<Findings>) => codes(proofOf({ ...whole, ...found }).limits).filter((code) => /trust|witness/.test(code))
    expect(trusted({ witnessed: false, invented: true })).toEqual(['server_trust'])
    expect(trusted({ witnessed: true })).toEqual(['witness_trust'])
    expect(trusted({ witnessed: true, invented: true })).toEqual(['witness_trust', 'invented_witness'])
  })
  it('says how many events were kept aside', () => {
    expect(proofOf({ ...whole, quarantined: 2 }).limits).toContainEqual({ code: 'quarantined', count: 2 })
  })
})
