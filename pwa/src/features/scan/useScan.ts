/** From a text that was read or typed to a recorded scan and the next screen. */
import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { useRouter } from 'vue-router'
import { Refusal, useContainer, type ScanMethod, type TerminalId } from '../../container'
import { useAction } from '../../shared/ui/useAction'
import { outcomeOf, type Outcome } from './outcome'

/** A code that was understood; `text` is what stood in it. */
export interface Reading {
  terminal: TerminalId
  /** What goes into the record: a tag does not say where it hangs. */
  named: TerminalId | null
  text: string
  method: ScanMethod
}

interface Scan {
  busy: Ref<boolean>
  refusal: ShallowRef<Refusal | null>
  reading: ShallowRef<Reading | null>
  outcome: ShallowRef<Outcome | null>
  read(text: string, method: ScanMethod): Promise<void>
  /** Records the scan for a work order and goes on to its check-in. */
  checkIn(wo: string, reason: string | null): Promise<void>
  /** Records what a tag opened, for this work order, and goes on to its check-in. */
  tap(text: string, wo: string): Promise<void>
  again(): void
}

const SHORT_BUZZ_MS = 60

export function useScan(wanted: () => string | null): Scan {
  const { scanner, recorder, workOrders } = useContainer()
  const router = useRouter()
  const { busy, run } = useAction()
  const refusal = shallowRef<Refusal | null>(null)
  const reading = shallowRef<Reading | null>(null)
  const outcome = shallowRef<Outcome | null>(null)
  const reader = ref(false)

  async function read(text: string, method: ScanMethod): Promise<void> {
    if (reader.value || busy.value || reading.value) return
    reader.value = true
    try {
      const parsed = await scanner.parse(text)
      if (parsed instanceof Refusal) {
        refusal.value = parsed
        return
      }
      const terminal = parsed.terminal ?? workOrders.find(wanted() ?? '').value?.doc.terminal
      if (terminal === undefined) {
        refusal.value = new Refusal('tap_without_order', '请先打开工单，点「到场签到」后再碰触标签', 'Open the work order and tap Check in first, then read the tag')
        return
      }
      navigator.vibrate?.(SHORT_BUZZ_MS)
      refusal.value = null
      reading.value = { terminal, named: parsed.terminal, text, method }
      outcome.value = outcomeOf(terminal, workOrders.items.value, wanted())
    } finally {
      reader.value = false
    }
    if (outcome.value?.kind === 'check_in') await checkIn(outcome.value.wo, null)
  }

  async function checkIn(wo: string, reason: string | null): Promise<void> {
    const found = reading.value
    if (!found) return
    const done = await run(async () => {
      const { terminal, named, text, method } = found
      const { id } = await recorder.record({ t: 'scanned', wo, body: { terminal: named, text, method } })
      const query = { scan: id, terminal, ...(reason ? { reason } : {}) }
      await router.replace({ name: 'check-in', params: { id: wo }, query })
    })
    if (!done) again()
  }

  async function tap(text: string, wo: string): Promise<void> {
    const parsed = await scanner.parse(text)
    const terminal = workOrders.find(wo).value?.doc.terminal
    if (parsed instanceof Refusal) refusal.value = parsed
    else if (terminal !== undefined) {
      reading.value = { terminal, named: parsed.terminal, text, method: 'camera' }
      await checkIn(wo, null)
    }
  }

  function again(): void {
    reading.value = null
    outcome.value = null
    refusal.value = null
  }

  return { busy, refusal, reading, outcome, read, checkIn, tap, again }
}
