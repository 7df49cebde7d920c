/** Does the one next deed of a work order: records it, or opens the screen where it is done. */
import { computed, type ComputedRef, type Ref } from 'vue'
import { useRouter } from 'vue-router'
import type { IconName } from '../../shared/ui/icons'
import { useContainer, type WorkOrderView } from '../../container'
import { useAction } from '../../shared/ui/useAction'
import { useNotice } from '../../shared/ui/useNotice'
import { t } from './messages'
import { nextDeed, type Deed } from './steps'

const icons: Record<Deed, IconName> = {
  respond: 'check',
  set_out: 'route',
  check_in: 'pin',
  work: 'wrench',
  hand_over: 'pen',
  leave: 'next',
}

export interface DeedButton {
  deed: ComputedRef<Deed | null>
  label: ComputedRef<string>
  icon: ComputedRef<IconName>
  busy: Ref<boolean>
  act(): Promise<void>
}

export function useDeed(view: () => WorkOrderView | undefined): DeedButton {
  const { session, recorder } = useContainer()
  const router = useRouter()
  const { tell } = useNotice()
  const { busy, run } = useAction()

  const deed = computed(() => {
    const one = view()
    const me = session.person.value?.id
    return one && me ? nextDeed(one.doc, one.judgement, me) : null
  })

  async function record(wo: string, which: 'respond' | 'set_out' | 'leave'): Promise<void> {
    if (which === 'respond') await recorder.record({ t: 'responded', wo, body: { how: 'accepted' } })
    else await recorder.record({ t: which === 'set_out' ? 'set_out' : 'left_site', wo, body: {} })
    tell(t(`did.${which}`))
  }

  async function act(): Promise<void> {
    const id = view()?.doc.id
    if (!id || !deed.value) return
    const which = deed.value
    if (which === 'respond' || which === 'set_out' || which === 'leave') await run(() => record(id, which))
    else if (which === 'check_in') await router.push({ name: 'scan', query: { wo: id } })
    else await router.push({ name: which === 'work' ? 'work' : 'hand-over', params: { id } })
  }

  return {
    deed,
    label: computed(() => (deed.value ? t(`deed.${deed.value}`) : '')),
    icon: computed(() => (deed.value ? icons[deed.value] : 'check')),
    busy,
    act,
  }
}
