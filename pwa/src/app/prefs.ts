/** What the person chose for this phone: language, large print, theme. Kept beside the app, not in the evidence. */
import { ref, watch, type Ref } from 'vue'
import type { Prefs, Theme } from '../ports'
import { lang } from '../shared/i18n'

const KEY = 'daochang.prefs'

interface Kept {
  lang?: string
  large?: boolean
  theme?: string
}

const THEMES: Theme[] = ['light', 'strong', 'dark']

function read(store: Pick<globalThis.Storage, 'getItem'>): Kept {
  try {
    return (JSON.parse(store.getItem(KEY) ?? '{}') as Kept | null) ?? {}
  } catch {
    return {}
  }
}

export function createPrefs(
  store: Pick<globalThis.Storage, 'getItem' | 'setItem'>,
  root: { lang: string; dataset: Record<string, string | undefined> },
): Prefs {
  const kept = read(store)
  lang.value = kept.lang === 'en' ? 'en' : 'zh'
  const large = ref(kept.large === true)
  const theme = ref(THEMES.find((one) => one === kept.theme) ?? 'light') as Ref<Theme>
  watch(
    [lang, large, theme],
    () => {
      store.setItem(KEY, JSON.stringify({ lang: lang.value, large: large.value, theme: theme.value }))
      root.lang = lang.value === 'en' ? 'en' : 'zh-CN'
      root.dataset['theme'] = theme.value
      root.dataset['large'] = String(large.value)
    },
    { immediate: true },
  )
  return { lang, large, theme }
}
