/**
 * Keeps the phone app and the screens of terminals startable without network, and nothing else: no
 * data, no evidence, no console, no public pages. Files come in two phases: the shell with the installation, the rest
 * (rules, code reader, later screens) when the page asks for it.
 */

type Listed = [path: string, digest: string]

declare const __FILES__: { shell: Listed[]; kit: Listed[] }
declare const __REVISION__: string

const worker = self as unknown as ServiceWorkerGlobalScope
const FILES = __FILES__
const PREFIX = 'daochang-'
const CACHE = PREFIX + __REVISION__
const SHELL = '/'

/** Names of built files contain their hash, so any older copy of the same name is the same file. */
const isHashed = (path: string): boolean => path.startsWith('/assets/')

/** Ends what is being fetched: a network that swallows answers would keep this version alive for minutes. */
let fetching = new AbortController()

function standDown(): void {
  fetching.abort()
  fetching = new AbortController()
}

async function fetchInto(cache: Cache, path: string): Promise<void> {
  const old = isHashed(path) ? await caches.match(path) : undefined
  if (old) return cache.put(path, old)
  const response = await fetch(path, { cache: 'no-store', credentials: 'omit', signal: fetching.signal })
  if (!response.ok || response.redirected) throw new Error(`${path}: HTTP ${response.status}`)
  await cache.put(path, response)
}

/** The list of all files, by whose hash the app names the build it runs (`app/build.ts`). */
const LIST = '/build.json'

/** Kept only if it is the list of these very files: a server that was changed in between would have the app name
 *  another build than it runs. Without it the app names none, and works all the same. */
async function keepList(cache: Cache): Promise<void> {
  if (await cache.match(LIST)) return
  const response = await fetch(LIST, { cache: 'no-store', credentials: 'omit', signal: fetching.signal })
  if (!response.ok) return
  const { files } = (await response.clone().json()) as { files: Record<string, string> }
  const isListed = ([path, digest]: Listed): boolean => files[path === SHELL ? 'index.html' : path.slice(1)]?.startsWith(digest) ?? false
  if ([...FILES.shell, ...FILES.kit].every(isListed)) await cache.put(LIST, response)
}

/** All of the shell or no installation: half an app would be worse than the old one. */
async function install(): Promise<void> {
  const cache = await caches.open(CACHE)
  await Promise.all(FILES.shell.map(([path]) => fetchInto(cache, path)))
  await keepList(cache).catch(() => undefined)
}

/** The second phase can stop anywhere and go on later. */
async function fetchKit(tell: (done: number) => void): Promise<void> {
  const cache = await caches.open(CACHE)
  await keepList(cache).catch(() => undefined)
  let done = 0
  for (const [path] of FILES.kit) {
    if (!(await cache.match(path))) await fetchInto(cache, path)
    tell(++done)
  }
  if (FILES.kit.length === 0) tell(0)
}

/** Returns whether there were any. */
async function forgetOldVersions(): Promise<boolean> {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE)
  await Promise.all(old.map((name) => caches.delete(name)))
  return old.length > 0
}

/**
 * The very first version takes over the open page, so that a phone that loses the network right
 * after signing in can still open every screen. A later one waits until the person says so.
 */
async function activate(): Promise<void> {
  const isUpdate = await forgetOldVersions()
  if (!isUpdate) await worker.clients.claim()
}

/** Paths the server answers itself. */
const isServers = (path: string): boolean => /^\/(api|t|r|e|s|labels|log|standard|console|healthz|verify)(\/|$)/.test(path)

/** The screen of a terminal keeps its own copy; the network comes first, so that it is renewed. */
async function answerKiosk(request: Request): Promise<Response> {
  try {
    return await fetch(request, { signal: fetching.signal })
  } catch (error) {
    const kept = await caches.match(request, { ignoreSearch: true })
    if (kept) return kept
    throw error
  }
}

/** Never from the network: what the server lists now may be another build than the one that runs. */
const answerList = async (): Promise<Response> =>
  (await caches.match(LIST, { cacheName: CACHE })) ?? new Response(null, { status: 404 })

async function answer(request: Request, path: string): Promise<Response> {
  const cached = await caches.match(request.mode === 'navigate' ? SHELL : path, { cacheName: CACHE })
  return cached ?? answerKiosk(request)
}

worker.addEventListener('install', (event) => event.waitUntil(install()))

worker.addEventListener('activate', (event) => event.waitUntil(activate()))

worker.addEventListener('message', (event) => {
  if (event.data === 'activate-now') event.waitUntil(worker.skipWaiting())
  if (event.data === 'stand-down') standDown()
  if (event.data === 'fetch-kit') {
    const tell = (done: number): void => event.source?.postMessage({ kind: 'kit', done, total: FILES.kit.length })
    event.waitUntil(fetchKit(tell).catch(() => undefined))
  }
})

worker.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== worker.location.origin || isServers(url.pathname)) return
  if (url.pathname === LIST) return event.respondWith(answerList())
  if (url.pathname.startsWith('/kiosk/')) return event.respondWith(answerKiosk(request))
  const isApp = request.mode === 'navigate' || isHashed(url.pathname)
  if (isApp) event.respondWith(answer(request, url.pathname))
})
