import { describe, expect, it } from 'vitest'
import type { Clock, Interval, Judgement, Verdict } from '../../domain/types'
import { arrivalStatement } from './statement'

const NINE = Date.UTC(2026, 10, 24, 1, 0, 0)
const MIN = 60_000
const at = (earliest: number, latest: number): Interval => ({ earliest: NINE + earliest * MIN, latest: NINE + latest * MIN })

function judgement(ended: Interval | null, clockVerdict: Verdict, arrival: Verdict | null, reasons: string[] = []): Judgement {
  const clock: Clock = {
    kind: 'arrival',
    clause: '9.2 a',
    limit_minutes: 180,
    started: at(0, 0),
    started_external: null,
    due_at: NINE + 180 * MIN,
    ended: ended && { a: null, b: ended, c: ended, claimed: ended.latest },
    verdicts: { external: 'cannot_tell', server: clockVerdict, device: clockVerdict },
    verdict: clockVerdict,
    reasons,
  }
  return { stage: { name: 'on_site' }, clocks: [clock], presence: [], arrival: { verdict: arrival, reasons: ['presence_proved'], visit: 0 }, next: null }
}

describe('the sentence on the arrival', () => {
  it.each([
    ['met', judgement(at(5, 88), 'met', 'met'), '到场：达标', '整段都在时限之前'],
    ['breached', judgement(at(217, 225), 'breached', 'breached'), '到场：超时', '最早也在 12:37:00'],
    ['cannot tell', judgement(at(5, 225), 'cannot_tell', 'cannot_tell'), '到场：无法判定', '时限 12:00:00 落在这段时间里'],
    ['running', judgement(null, 'running', 'running'), '到场：时限内，尚未签到', '还没有收到签到记录'],
    ['punctual without presence', judgement(at(5, 88), 'met', 'cannot_tell'), '到场：无法判定', '在场依据不足'],
  ])('%s', (_, given, headline, words) => {
    const said = arrivalStatement(given)
    expect(said.headline).toBe(headline)
    expect(said.sentences.join('')).toContain('2026-11-24 09:00:00 报来，需现场排查的应在 3 小时内到达，即 12:00:00 前（9.2 a）')
    expect(said.sentences.join('')).toContain(words)
  })
  it('names the day where an end lies on another one', () => {
    expect(arrivalStatement(judgement(at(5, 4320), 'cannot_tell', 'cannot_tell')).sentences[1]).toContain('11-27 09:00:00')
  })
  it('keeps the domain’s reasons, except those it has said with times', () => {
    expect(arrivalStatement(judgement(at(5, 225), 'cannot_tell', 'cannot_tell', ['end_unsure', 'device_says_met'])).reasons).toEqual(['presence_proved', 'device_says_met'])
  })
  it('says that no arrival was needed', () => {
    const remote = { ...judgement(null, 'running', null), clocks: [] }
    expect(arrivalStatement(remote)).toMatchObject({ verdict: 'none', headline: '到场：不需要' })
  })
})
