// A technician's phone: Chromium at 390×844 in a profile that outlives it, with a camera that
// shows a printed label, a position, and a clock that can be wrong.
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

import { chromium } from 'playwright-core'

import { PASSWORD } from './server.mjs'

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const VIEW = { width: 390, height: 844 }
/** Camera frames are 640×480 and repeat for ever. */
const FRAME = { width: 640, height: 480 }

/** Films the printed label of a terminal: the label page's own picture, in the camera's format. */
export async function filmLabel(origin, terminal, folder) {
  const browser = await chromium.launch({ executablePath: CHROMIUM })
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 }, deviceScaleFactor: 2 })
  await page.goto(`${origin}/labels`)
  const label = page.locator('.label', { hasText: terminal }).locator('svg')
  const png = (await label.screenshot()).toString('base64')
  await page.goto('about:blank')
  const grey = await page.evaluate(
    async ({ png, width, height }) => {
      const picture = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob())
      const canvas = new OffscreenCanvas(width, height)
      const context = canvas.getContext('2d')
      context.fillStyle = '#ccc'
      context.fillRect(0, 0, width, height)
      context.drawImage(picture, (width - 360) / 2, (height - 360) / 2, 360, 360)
      const { data } = context.getImageData(0, 0, width, height)
      return Array.from({ length: width * height }, (_, at) => data[at * 4])
    },
    { png, ...FRAME },
  )
  await browser.close()
  const header = Buffer.from(`YUV4MPEG2 W${FRAME.width} H${FRAME.height} F10:1 Ip A1:1 C420jpeg\n`)
  const colourless = Buffer.alloc((FRAME.width * FRAME.height) / 2, 128)
  const frame = Buffer.concat([Buffer.from('FRAME\n'), Buffer.from(grey), colourless])
  const film = path.join(folder, `${terminal}.y4m`)
  await writeFile(film, Buffer.concat([header, frame, frame]))
  return film
}

/** A phone that is not switched on yet. */
export async function newPhone(origin) {
  const profile = await mkdtemp(path.join(os.tmpdir(), 'daochang-phone-'))
  let context
  const phone = {
    profile,
    page: null,
    errors: [],
    /** Starts the browser on the phone's own profile. */
    async switchOn({ film, position, path: address = '/', camera = 'granted', lang = 'zh-CN', init } = {}) {
      const granted = [...(position === 'denied' ? [] : ['geolocation']), ...(camera === 'granted' ? ['camera'] : [])]
      const isDenied = camera !== 'granted' || position === 'denied'
      context = await chromium.launchPersistentContext(profile, {
        executablePath: CHROMIUM,
        viewport: VIEW,
        deviceScaleFactor: 2,
        hasTouch: true,
        isMobile: true,
        locale: lang,
        timezoneId: 'Asia/Shanghai',
        permissions: granted,
        ...(position && position !== 'denied' ? { geolocation: position } : {}),
        args: [
          '--use-fake-device-for-media-stream',
          ...(camera === 'granted' ? ['--use-fake-ui-for-media-stream'] : []),
          ...(isDenied ? ['--deny-permission-prompts'] : []),
          ...(film ? [`--use-file-for-fake-video-capture=${film}`] : []),
        ],
      })
      if (init) await context.addInitScript(init)
      phone.page = context.pages()[0] ?? (await context.newPage())
      phone.page.on('pageerror', (error) => phone.errors.push(error.message))
      await phone.page.goto(origin + address)
      return phone.page
    },
    newTab: async (address = '/') => {
      const page = await context.newPage()
      await page.goto(origin + address)
      return page
    },
    get context() {
      return context
    },
    /** Switches off as a user does. */
    switchOff: () => context.close(),
    /** The battery falls out: no page hears of it. */
    async kill() {
      const found = execFileSync('pgrep', ['-f', profile], { encoding: 'utf8' })
      for (const pid of found.trim().split('\n')) {
        try {
          process.kill(Number(pid), 'SIGKILL')
        } catch {
          // it died with its parent
        }
      }
      await context.close().catch(() => {})
    },
    async throwAway() {
      await context?.close().catch(() => {})
      await rm(profile, { recursive: true, force: true })
    },
  }
  return phone
}

/** Signs in on the phone, and waits for the list. */
export async function signInForNow(page, login = 'tech1') {
  await page.getByLabel('账号').fill(login)
  await page.getByLabel('密码', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: '登录', exact: true }).click()
  await page.getByRole('heading', { name: '工单', exact: true }).waitFor()
}

/** The same, and waits until the app can do without network. */
export async function signInOnPhone(page, login = 'tech1') {
  await signInForNow(page, login)
  await synced(page)
}

/** Waits until the service worker holds every file of the app; the code reader comes last. */
export async function synced(page, timeout = 30_000) {
  const end = Date.now() + timeout
  const holdsAll = () =>
    page.evaluate(async () => {
      if (!navigator.serviceWorker.controller) return false
      const names = await caches.keys()
      const held = await Promise.all(names.map(async (name) => (await (await caches.open(name)).keys()).map((request) => request.url)))
      return held.flat().some((url) => url.endsWith('.wasm') && url.includes('zxing'))
    })
  // Asked from here: a predicate inside the page that returns a promise counts as true at once.
  while (!(await holdsAll())) {
    if (Date.now() > end) throw new Error('the app is not wholly on the phone')
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

/** What the phone has of its own: every event and photo with its state. */
export const outbox = (page, person) =>
  page.evaluate(async (name) => {
    const open = indexedDB.open(name)
    const db = await new Promise((resolve, reject) => {
      open.onsuccess = () => resolve(open.result)
      open.onerror = () => reject(open.error)
    })
    const all = (store) =>
      new Promise((resolve, reject) => {
        const request = db.transaction(store).objectStore(store).getAll()
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
      })
    const events = (await all('events')).map(({ seq, id, t, wo, state, reason }) => ({ seq, id, t, wo, state, reason }))
    const photos = (await all('photos')).map(({ sha256, state, wo }) => ({ sha256, state, wo }))
    db.close()
    return { events, photos }
  }, `daochang-${person}`)

/** Waits until the phone has nothing left to deliver; gives what it then holds. */
export async function delivered(page, person, timeout = 60_000) {
  const end = Date.now() + timeout
  for (;;) {
    const held = await outbox(page, person)
    const waiting = [...held.events, ...held.photos].filter((item) => !['receipted', 'refused'].includes(item.state))
    if (waiting.length === 0) return held
    if (Date.now() > end) throw new Error(`still waiting: ${JSON.stringify(waiting)}`)
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
}
