/**
 * Texts in Chinese and English. Chinese is the original: its keys are the type, and English must
 * have exactly the same ones, or the program does not compile.
 */
import { ref, type Ref } from 'vue'
import { en } from './en'
import { fill, type Params } from './fill'
import { zh } from './zh'

export { fill, type Params } from './fill'
export type Lang = 'zh' | 'en'

/** The language of the whole app; `prefs.lang` is this same reference. */
export const lang: Ref<Lang> = ref('zh')

/**
 * Makes a `t()` for one feature's own texts:
 * `export const t = messages({ zh: { title: '工单' }, en: { title: 'Work orders' } })`.
 */
export function messages<const Z extends Record<string, string>>(texts: {
  zh: Z
  en: { [K in keyof Z]: string }
}): (key: keyof Z & string, params?: Params) => string {
  return (key, params) => fill(texts[lang.value][key] ?? key, params)
}

/** Texts that several features share. */
export const t = messages({ zh, en })

/** Picks the sentence of a bilingual form, such as a refusal. */
export const pick = (text: { zh: string; en: string }): string => text[lang.value]
