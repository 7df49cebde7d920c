/** Fetches the documents of a work order, one at a time, and hands them to the browser: the token
 *  travels in a header, so a plain link would not do. */
import { ref, type Ref } from 'vue'
import { messages } from '../../shared/i18n'
import { useConsoleContainer } from '../../shared/lib/inject'
import { useDeskApi } from '../api'
import { detailOf } from '../lib/load'
import { w } from '../words'

const t = messages({
  zh: { failed: '文件没能取得' },
  en: { failed: 'The document could not be fetched' },
})

/** The browser may still be reading a moment after the click. */
const KEPT_MS = 60_000

function hand(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS)
}

export interface Documents {
  busy: Ref<boolean>
  /** What went wrong, in words; empty while nothing did. */
  failure: Ref<string>
  report(): Promise<void>
  serviceSheet(): Promise<void>
  marked(sha256: string): Promise<void>
}

export function useDocuments(id: string): Documents {
  const desk = useDeskApi()
  const { api } = useConsoleContainer()
  const busy = ref(false)
  const failure = ref('')

  async function run(deed: () => Promise<void>): Promise<void> {
    if (busy.value) return
    busy.value = true
    failure.value = ''
    try {
      await deed()
    } catch (error) {
      failure.value = `${t('failed')}${w('colon')}${detailOf(error)}`
    } finally {
      busy.value = false
    }
  }

  /** A tab opened in the click itself is not taken for a pop-up; without one it is a download. */
  async function show(load: Promise<Blob>): Promise<void> {
    const tab = window.open('', '_blank')
    try {
      const blob = await load
      if (!tab) return hand(blob, `${id}.pdf`)
      const url = URL.createObjectURL(blob)
      tab.location.href = url
      setTimeout(() => URL.revokeObjectURL(url), KEPT_MS)
    } catch (error) {
      tab?.close()
      throw error
    }
  }

  return {
    busy,
    failure,
    report: () => run(async () => hand(await desk.report(id), `report-${id}.pdf`)),
    serviceSheet: () => run(() => show(api.workOrders.serviceSheet(id))),
    marked: (sha256) => run(async () => hand(await desk.marked(id, sha256), `${id}-${sha256.slice(0, 8)}.jpg`)),
  }
}
