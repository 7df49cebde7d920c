/** The hand-over of one work order: what is shown, what the manager answers, and the signing. */
import { computed, onMounted, reactive, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { useContainer, type Json, type Summary, type WorkOrderView } from '../../container'
import { errorText } from '../../shared/ui/errorText'
import { bodyOf, isForm, missingIn, startOf, type HandOverForm, type Missing, type TagName } from './form'
import { t } from './messages'

interface HandOver {
  form: HandOverForm
  shown: ShallowRef<{ summary: Summary; shown: string } | null>
  /** Why there is nothing to sign; null while there is. */
  problem: Ref<string | null>
  /** The content changed after it was read: the ink was taken back. */
  changed: Ref<boolean>
  missing: ComputedRef<Missing[]>
  /** Resolves with the event once it is safely on this phone. */
  sign(): Promise<string>
}

export function useHandOver(view: () => WorkOrderView): HandOver {
  const { domain, drafts, recorder, session } = useContainer()
  const { doc, site } = view()
  const key = `hand-over-${doc.id}`
  const form = reactive(startOf(site)) as HandOverForm
  const shown = shallowRef<{ summary: Summary; shown: string } | null>(null)
  const problem = ref<string | null>(null)
  const changed = ref(false)
  let done = false

  async function load(): Promise<void> {
    const { doc: work_order, site: place } = view()
    const dev = session.device.value ?? work_order.restored.at(-1)?.at.dev
    if (done || dev === undefined) return
    try {
      const next = await domain.call('summary', { work_order, dev, site_name: place.name })
      if (shown.value && shown.value.shown !== next.shown) {
        changed.value = true
        form.ink = null
      }
      shown.value = next
      problem.value = null
    } catch (error) {
      problem.value = errorText(error)
    }
  }

  onMounted(async () => {
    const saved = await drafts.load<Json>(key)
    if (saved !== null && isForm(saved)) Object.assign(form, saved)
    watch(form, () => void save(), { deep: true })
    await load()
  })
  watch(() => view().doc.heads, load)

  async function save(): Promise<void> {
    if (!done) await drafts.save(key, JSON.parse(JSON.stringify(form)) as Json)
  }

  async function sign(): Promise<string> {
    if (!shown.value) throw new Error('nothing was shown')
    const signer = await recorder.sidecar({ name: form.name.trim(), phone: form.phone.trim() })
    const ink = await recorder.sidecar(JSON.parse(JSON.stringify(form.ink)) as Json)
    const tags = form.tags.map((tag) => t(`tag.${tag as TagName}`))
    const { id } = await recorder.record({
      t: 'evaluated',
      wo: doc.id,
      body: bodyOf(form, shown.value, tags, { signer, ink }),
      sidecars: [signer, ink].map(({ c, text }) => ({ c, text })),
    })
    done = true
    await drafts.remove(key)
    return id
  }

  return { form, shown, problem, changed, missing: computed(() => missingIn(form)), sign }
}
