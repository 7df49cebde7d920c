/** Words of the rules: every code has one Chinese and one English text, made in the domain, so
 *  phone, server and console say the same. Until they are loaded a code stands for itself. */
import { inject, shallowRef, type App, type InjectionKey, type Ref } from 'vue'
import type { Domain } from '../domain/door'
import { pick } from '../shared/i18n'

export interface FaultRow {
  code: string
  category: string
  level: 'severe' | 'general'
  zh: string
  en: string
}

export interface Rules {
  faults: Ref<FaultRow[]>
  /** Why the rules could not be loaded, or null. */
  failed: Ref<boolean>
  /** The sentence of a reason, factor, doubt or refusal. */
  text(code: string): string
  /** The fault's name. */
  fault(code: string): string
}

const KEY: InjectionKey<Rules> = Symbol('rules')

export const provideRules = (app: App, rules: Rules): void => void app.provide(KEY, rules)

export function useRules(): Rules {
  const rules = inject(KEY)
  if (!rules) throw new Error('no rules were provided to this app')
  return rules
}

export function createRules(domain: Domain): Rules {
  const texts = shallowRef<Record<string, { zh: string; en: string }>>({})
  const faults = shallowRef<FaultRow[]>([])
  const failed = shallowRef(false)
  const load = async (): Promise<void> => {
    texts.value = await domain.call('texts', {})
    faults.value = (await domain.call('faults', {})) as unknown as FaultRow[]
  }
  load().catch(() => (failed.value = true))
  const named = (found: { zh: string; en: string } | undefined, code: string) => (found ? pick(found) : code)
  return {
    faults,
    failed,
    text: (code) => named(texts.value[code], code),
    fault: (code) =>
      named(
        faults.value.find((fault) => fault.code === code),
        code,
      ),
  }
}
