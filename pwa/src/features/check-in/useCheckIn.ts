/**
 * Collects fixes while the person reads, and records the check-in. Nothing here can refuse:
 * without a fix it records why there is none.
 */
import { computed, onMounted, onUnmounted, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { useContainer, type Fix, type Json, type NoFix, type TerminalId } from '../../container'

const BURST_MS = 8_000
/** A fix older than this says little about where the person is now; then it is measured again. */
const STALE_MS = 60_000
const TICK_MS = 250

type Burst = { fixes: Fix[]; no_fix: NoFix | null }

export interface CheckInFacts {
  wo: string
  terminal: TerminalId
  scan: string | null
  reason: string | null
}

interface CheckIn {
  /** Whether the phone must first be asked for its position. */
  asking: Ref<boolean>
  /** Seconds of the measurement still to go; 0 when it is over. */
  secondsLeft: ComputedRef<number>
  measured: ShallowRef<Burst | null>
  noFix: Ref<NoFix | null>
  measure(): Promise<Burst>
  skip(): void
  record(facts: CheckInFacts): Promise<void>
}

async function mustAsk(): Promise<boolean> {
  try {
    return (await navigator.permissions.query({ name: 'geolocation' })).state === 'prompt'
  } catch {
    return false
  }
}

export function useCheckIn(): CheckIn {
  const { position, recorder, storage, time } = useContainer()
  const asking = ref(false)
  const measured = shallowRef<Burst | null>(null)
  const noFix = ref<NoFix | null>(null)
  const startedAt = ref<number | null>(null)
  const elapsed = ref(0)
  let running: Promise<Burst> | null = null
  let endedAt = 0

  const ticker = window.setInterval(() => {
    if (startedAt.value !== null) elapsed.value = time.mono() - startedAt.value
  }, TICK_MS)

  onMounted(async () => {
    asking.value = await mustAsk()
    if (!asking.value) void measure()
  })
  onUnmounted(() => window.clearInterval(ticker))

  async function burst(): Promise<Burst> {
    position.start()
    startedAt.value = time.mono()
    elapsed.value = 0
    measured.value = null
    const result = await position.burst(BURST_MS)
    measured.value = result
    noFix.value = result.fixes.length > 0 ? null : (result.no_fix ?? 'timeout')
    startedAt.value = null
    endedAt = time.mono()
    return result
  }

  function measure(): Promise<Burst> {
    asking.value = false
    running ??= burst().finally(() => (running = null))
    return running
  }

  function skip(): void {
    asking.value = false
    measured.value = { fixes: [], no_fix: 'denied' }
    noFix.value = 'denied'
  }

  async function fixesNow(): Promise<Fix[]> {
    if (running) return (await running).fixes
    // The explanation stands on the screen, so confirming may ask the phone as well.
    if (asking.value) return (await measure()).fixes
    const known = measured.value
    const stale = known !== null && known.fixes.length > 0 && time.mono() - endedAt > STALE_MS
    return stale ? (await measure()).fixes : (known?.fixes ?? [])
  }

  async function record({ wo, terminal, scan, reason }: CheckInFacts): Promise<void> {
    const fixes = await fixesNow()
    const sidecar = fixes.length > 0 ? await recorder.sidecar(fixes as unknown as Json) : null
    await recorder.record({
      t: 'checked_in',
      wo,
      body: {
        terminal,
        scan,
        fixes: sidecar && { c: sidecar.c },
        no_fix: sidecar ? null : (noFix.value ?? 'timeout'),
        reason,
      },
      ...(sidecar ? { sidecars: [{ c: sidecar.c, text: sidecar.text }] } : {}),
    })
    position.stop()
    void storage.persist()
  }

  return {
    asking,
    secondsLeft: computed(() =>
      startedAt.value === null ? 0 : Math.max(1, Math.ceil((BURST_MS - elapsed.value) / 1000)),
    ),
    measured,
    noFix,
    measure,
    skip,
    record,
  }
}
