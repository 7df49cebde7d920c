/** Puts the console's parts together: API, rules, clock, session, preferences. */
import { ref, watch } from 'vue'
import { createApi } from '../api/client'
import type { Wire } from '../api/request'
import { domainFromUrl } from '../domain/door'
import type { ConsoleContainer, Prefs, Theme } from '../ports'
import { lang } from '../shared/i18n'
import { createDeskApi, type DeskApi } from './api'
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

export function createConsoleContainer(): { container: ConsoleContainer; deskApi: DeskApi } {
  const offset = ref<number | null>(null)
  const now = () => Date.now()
  const session = createConsoleSession(sessionStorage)
  const wire: Wire = {
    fetch: (input, init) => fetch(input, init),
    token: session.token,
    lang: () => lang.value,
    onSignedOut: session.expire,
    onServerTime: (serverAt, halfTrip) => {
      offset.value = serverAt + halfTrip - now()
    },
    now,
  }
  const api = createApi(wire)
  session.connect(api)
  const container: ConsoleContainer = {
    api,
    domain: domainFromUrl(new URL('../domain/domain.wasm', import.meta.url)),
    time: { wall: now, mono: () => Math.floor(performance.now()), serverNow: () => now() + (offset.value ?? 0), offset },
    session,
    prefs: createPrefs(),
  }
  return { container, deskApi: createDeskApi(wire) }
}
