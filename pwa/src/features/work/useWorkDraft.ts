/** The form of the work record: saved at every keystroke, back after the page was killed. */
import { onMounted, reactive, ref, watch, type Ref } from 'vue'
import { useContainer, type Json, type Mode, type WorkOrder } from '../../container'
import { bodyOf, isDraft, isRecorded, startOf, type WorkDraft } from './draft'

interface WorkForm {
  draft: WorkDraft
  /** Whether something unfinished was found and put back. */
  restored: Ref<boolean>
  /** Records the work unless the last record says the same; then the draft goes. */
  record(): Promise<void>
}

export function useWorkDraft(doc: WorkOrder, current: () => WorkOrder, mode: Mode): WorkForm {
  const { drafts, recorder } = useContainer()
  const key = `work-${doc.id}`
  const draft = reactive<WorkDraft>(startOf(doc, mode))
  const restored = ref(false)
  let done = false

  const stop = watch(draft, () => void save(), { deep: true })

  async function save(): Promise<void> {
    if (!done) await drafts.save(key, JSON.parse(JSON.stringify(draft)) as Json)
  }

  onMounted(async () => {
    const saved = await drafts.load<Json>(key)
    if (saved === null || !isDraft(saved)) return
    Object.assign(draft, saved)
    restored.value = true
  })

  async function record(): Promise<void> {
    const body = bodyOf(draft)
    if (!isRecorded(current(), body)) await recorder.record({ t: 'work_recorded', wo: doc.id, body })
    done = true
    stop()
    await drafts.remove(key)
  }

  return { draft, restored, record }
}
