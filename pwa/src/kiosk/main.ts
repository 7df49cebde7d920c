/**
 * The page on a terminal's own screen: a code from the server every half minute, and codes made
 * here while there is no network. The secrets come once, behind the `#` of the address, and stay in
 * this page's own storage; the address is cleaned at once.
 */
import { qrOf } from '../shared/lib/qr'
import { offlineText, type Offline } from './codes'

interface Kept {
  token: string
  /** Server clock minus this clock, as of the last answer. */
  ahead_ms: number
  site: string
  terminal: string
  offline: Offline | null
}

interface Answer {
  text: string
  made_at: number
  renew_after_ms: number
  terminal_name: string
  site_name: string
  offline: Offline
}

type Tone = 'good' | 'amber' | 'seal'

const TICK_MS = 250
const TIMEOUT_MS = 8_000
const id = decodeURIComponent(location.pathname.split('/').filter(Boolean).pop() ?? '')
const KEY = `daochang-kiosk-${id}`

const part = (name: string): HTMLElement => {
  const found = document.getElementById(name)
  if (!found) throw new Error(`the page has no ${name}`)
  return found
}

function load(): Kept | null {
  const token = location.hash.slice(1)
  const text = localStorage.getItem(KEY)
  const kept = text ? (JSON.parse(text) as Kept) : null
  if (!token) return kept
  history.replaceState(null, '', location.pathname)
  const fresh: Kept = { token, ahead_ms: 0, site: '', terminal: id, offline: null }
  return kept?.token === token ? kept : fresh
}

const save = (kept: Kept): void => localStorage.setItem(KEY, JSON.stringify(kept))

function show(text: string | null): void {
  const code = part('code')
  code.classList.toggle('none', text === null)
  if (text === null) return code.replaceChildren()
  const { size, path: dark } = qrOf(text)
  const make = (name: string): SVGElement => document.createElementNS('http://www.w3.org/2000/svg', name)
  const svg = make('svg')
  svg.setAttribute('viewBox', `0 0 ${size} ${size}`)
  svg.setAttribute('shape-rendering', 'crispEdges')
  const path = make('path')
  path.setAttribute('d', dark)
  svg.append(path)
  code.replaceChildren(svg)
  code.dataset['text'] = text
}

function say(tone: Tone, zh: string, en: string): void {
  const state = part('state')
  const english = document.createElement('span')
  english.lang = 'en'
  english.textContent = en
  state.className = `state ${tone}`
  state.replaceChildren(zh, english)
}

/** The answer, a refusal in the server's words, or null when the server cannot be reached. */
async function ask(token: string): Promise<Answer | { refusal: string } | null> {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), TIMEOUT_MS)
  try {
    const response = await fetch(`/api/v1/kiosks/${encodeURIComponent(id)}/code`, {
      ...{ method: 'POST', cache: 'no-store', credentials: 'omit', signal: controller.signal },
      headers: { Authorization: `Bearer ${token}`, Accept: 'application/json' },
    })
    if (response.ok) return (await response.json()) as Answer
    if (response.status >= 500) return null
    const problem = (await response.json()) as { detail?: string }
    return { refusal: problem.detail ?? String(response.status) }
  } catch {
    return null
  } finally {
    clearTimeout(timer)
  }
}

function name(kept: Kept): void {
  part('site').textContent = kept.site || ' '
  const number = document.createElement('span')
  number.className = 'id'
  number.textContent = id
  part('terminal').replaceChildren(...(kept.terminal === id ? [] : [`${kept.terminal} · `]), number)
}

async function showOwn(kept: Kept): Promise<number> {
  if (!kept.offline || !window.isSecureContext) {
    show(null)
    say('amber', '没有网络，暂时不能显示动态码；请扫终端上的标签', 'No network and no code; scan the label instead')
    return 5_000
  }
  const now = Date.now() + kept.ahead_ms
  show(await offlineText(kept.offline, now))
  say('amber', '没有网络，显示离线动态码', 'No network: codes made on this screen')
  return Math.min(kept.offline.step_ms - (now % kept.offline.step_ms), 10_000)
}

/** Shows the next code; gives how long it may stand. */
async function renew(kept: Kept): Promise<number> {
  const answer = await ask(kept.token)
  if (answer === null) return showOwn(kept)
  if ('refusal' in answer) {
    show(null)
    say('seal', answer.refusal, 'This screen shows no codes. Register it again in the console.')
    return 30_000
  }
  kept.ahead_ms = answer.made_at - Date.now()
  kept.site = answer.site_name
  kept.terminal = answer.terminal_name
  kept.offline = answer.offline
  save(kept)
  name(kept)
  show(answer.text)
  say('good', '已联网，动态码每 30 秒更换，只能用一次', 'Online: a new code every 30 seconds, good for one scan')
  return answer.renew_after_ms
}

/** So that the page comes up again after a restart without network. */
async function keepOffline(): Promise<void> {
  if (!('serviceWorker' in navigator) || !('caches' in window)) return
  const files = [...document.querySelectorAll<HTMLScriptElement | HTMLLinkElement>('script[src], link[rel="stylesheet"], link[rel="modulepreload"]')]
  const urls = files.map((file) => ('src' in file ? file.src : file.href))
  const cache = await caches.open('kiosk')
  await cache.addAll([location.pathname, ...urls])
  await navigator.serviceWorker.register('/service-worker.js')
}

async function run(): Promise<void> {
  const kept = load()
  if (!kept) {
    show(null)
    part('terminal').textContent = id
    return say('seal', '这块屏幕没有登记。请在控制台「终端码」登记，并打开登记后给出的地址。', 'This screen is not registered. Register it under Codes in the console and open the address given there.')
  }
  save(kept)
  name(kept)
  let until = 0
  let span = 1
  let busy = false
  const tick = async (): Promise<void> => {
    const left = until - performance.now()
    part('left').style.width = `${Math.max(0, Math.min(100, (left / span) * 100))}%`
    if (left > 0 || busy) return
    busy = true
    try {
      span = await renew(kept)
      until = performance.now() + span
    } finally {
      busy = false
    }
  }
  window.addEventListener('online', () => (until = 0))
  setInterval(() => void tick(), TICK_MS)
  await tick()
}

void run()
void keepOffline().catch(() => undefined)
