/** Puts the console's parts together: API, rules, clock, session, preferences. */
import { ref, watch } from 'vue'
import { createApi } from '../api/client'
import { domainFromUrl } from '../domain/door'
import type { ConsoleContainer, Prefs, Theme } from '../ports'
import { lang } from '../shared/i18n'
import { createConsoleSession } from './session'

const LANG_KEY = 'daochang-console-lang'

function createPrefs(): Prefs {
  const kept = localStorage.getItem(LANG_KEY)
  if (kept === 'zh' || kept === 'en') lang.value = kept
  watch(
    lang,
    (now) => {
      localStorage.setItem(LANG_KEY, now)
      document.documentElement.lang = now === 'zh' ? 'zh-CN' : 'en'
    },
    { immediate: true },
  )
  return { lang, large: ref(false), theme: ref<Theme>('light') }
}

export function createConsoleContainer(): ConsoleContainer {
  const offset = ref<number | null>(null)
  const now = () => Date.now()
  const session = createConsoleSession(sessionStorage)
  const api = createApi({
    fetch: (input, init) => fetch(input, init),
    token: session.token,
    lang: () => lang.value,
    onSignedOut: session.expire,
    onServerTime: (serverAt, halfTrip) => {
      offset.value = serverAt + halfTrip - now()
    },
    now,
  })
  session.connect(api)
  return {
    api,
    domain: domainFromUrl(new URL('../domain/domain.wasm', import.meta.url)),
    time: { wall: now, mono: () => Math.floor(performance.now()), serverNow: () => now() + (offset.value ?? 0), offset },
    session,
    prefs: createPrefs(),
  }
}
