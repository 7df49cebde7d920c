// Figures, printed and not judged: they depend on the machine. Budgets of the build are held by its own script.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'

import { newWorkOrder } from '../support/api.mjs'
import { at, openOrder, respond, setOut } from '../support/field.mjs'
import { filmLabel, newPhone, signInOnPhone } from '../support/phone.mjs'
import { startServer } from '../support/server.mjs'

const dist = path.resolve(import.meta.dirname, '../../../pwa/dist')
const SLOWER = 4
const ROUNDS = 3
let server, phone, page, order, film

before(async () => {
  server = await startServer()
  order = await newWorkOrder(server.origin)
  phone = await newPhone(server.origin)
  page = await phone.switchOn({ position: at(order.terminal) })
  await signInOnPhone(page)
  film = await filmLabel(server.origin, order.terminal.id, phone.profile)
  await phone.switchOff()
})
after(async () => {
  await phone?.throwAway()
  await server?.stop()
})

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

test('what the phone loads before the first screen', async (t) => {
  const html = await readFile(path.join(dist, 'index.html'), 'utf8')
  for (const end of ['js', 'css']) {
    const files = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(([, name]) => name).filter((name) => name.endsWith(`.${end}`))
    assert.ok(files.length > 0, `the page names no ${end}`)
    const sizes = await Promise.all(files.map(async (name) => gzipSync(await readFile(path.join(dist, name)), { level: 9 }).length))
    t.diagnostic(`first load, ${end}: ${(sizes.reduce((sum, size) => sum + size, 0) / 1024).toFixed(1)} KB gz`)
  }
})

/** Notes when the first work order stands on the screen, on the page's own clock. */
function noteList() {
  new MutationObserver(() => {
    if (!window.listAt && document.querySelector('a[href^="/work-orders/"]')) {
      requestAnimationFrame(() => (window.listAt ??= performance.now()))
    }
  }).observe(document, { childList: true, subtree: true })
}

test('cold start without network to the visible list', async (t) => {
  const found = []
  for (let round = 0; round < ROUNDS; round++) {
    page = await phone.switchOn({ film, position: at(order.terminal), path: '/healthz', init: noteList })
    server.network.down()
    const devtools = await phone.context.newCDPSession(page)
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWER })
    await page.goto(server.origin)
    await page.waitForFunction(() => window.listAt > 0)
    found.push(await page.evaluate(() => window.listAt))
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: 1 })
    server.network.up()
    if (round < ROUNDS - 1) await phone.switchOff()
  }
  t.diagnostic(`cold start, CPU ×${SLOWER}: median ${median(found).toFixed(0)} ms of ${found.map((ms) => ms.toFixed(0)).join(', ')}`)
  assert.equal(found.length, ROUNDS)
})

test('from the tap on scan to the code', async (t) => {
  await page.goto(server.origin)
  await openOrder(page, order.id)
  await respond(page)
  await setOut(page)
  const found = []
  for (let round = 0; round < ROUNDS; round++) {
    const began = Date.now()
    await page.getByRole('button', { name: '到场签到', exact: true }).click()
    await page.waitForURL(/\/check-in\?/)
    found.push(Date.now() - began)
    await openOrder(page, order.id)
  }
  t.diagnostic(`tap to code: median ${median(found)} ms of ${found.join(', ')}`)
  assert.equal(found.length, ROUNDS)
})
