/** Names of faults and words for codes, as the rules themselves spell them. Loaded once. */
import { shallowRef, type ShallowRef } from 'vue'
import type { Fault } from '../../domain/types'
import { lang } from '../i18n'
import { useContainer } from '../lib/inject'

interface Rules {
  faults: ShallowRef<Fault[]>
  /** The fault's name; its code until the rules are loaded. */
  faultName(code: string): string
  /** What a factor, a doubt or a reason means. */
  say(code: string): string
}

type Texts = Record<string, { zh: string; en: string }>

const faults = shallowRef<Fault[]>([])
const texts = shallowRef<Texts>({})
let asked = false

export function useRules(): Rules {
  const { domain } = useContainer()
  if (!asked) {
    asked = true
    Promise.all([domain.call('faults', {}), domain.call('texts', {})]).then(
      ([rows, words]) => {
        faults.value = rows
        texts.value = words
      },
      () => {
        asked = false
      },
    )
  }
  return {
    faults,
    faultName: (code) => faults.value.find((row) => row.code === code)?.[lang.value] ?? code,
    say: (code) => texts.value[code]?.[lang.value] ?? code,
  }
}
