import { ref } from 'vue'
import { describe, expect, it } from 'vitest'
import { diagnosticsOf, type Source } from './diagnostics'

const source = {
  session: {
    person: ref({ id: 'P-0012', name: '张伟', phone: '13800000000' }), state: ref('signed_in'), enrolment: ref('enrolled'),
    device: ref('ab'.repeat(16)), enrolmentProblem: ref(null),
  },
  sync: { status: ref({ online: true, leader: true, phase: 'idle', last_at: 0, unsent: 3, photos_waiting: 1, refused: 0, problem: { code: 'timeout' } }) },
  storage: { estimate: ref({ usage: 5 * 1024 * 1024, quota: 100 * 1024 * 1024, persisted: false }), full: ref(false) },
  update: { offline: ref(0.5), ready: ref(false) },
  time: { offset: ref(-1200) },
  prefs: { lang: ref('zh'), theme: ref('dark'), large: ref(true) },
  position: { state: ref('watching'), best: ref({ lat_e7: 225_400_000, lng_e7: 1_140_500_000 }) },
} as unknown as Source

describe('diagnostics', () => {
  const text = diagnosticsOf(source, 'v1', 'agent')

  it('says what a helper needs', () => {
    for (const part of ['build: v1', 'unsent: 3', 'problem: timeout', 'clock_offset_ms: -1200', 'storage_mb: 5/100', 'last_sync: 1970-01-01', 'display: zh dark large'])
      expect(text).toContain(part)
  })

  it('holds no name, number of a person, telephone or position', () => {
    expect(text).not.toMatch(/张伟|P-0012|1380|225400000|1140500000/)
  })
})
