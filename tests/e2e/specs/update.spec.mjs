// A new version of the app comes while the outbox is full and a form is open.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'

import { newWorkOrder } from '../support/api.mjs'
import { at, choosePhotos, inHistory, note, openOrder, photo, respond, setOut, wakeUp } from '../support/field.mjs'
import { assertExactlyOnce } from '../support/oracle.mjs'
import { newPhone, outbox, signInOnPhone } from '../support/phone.mjs'
import { startServer } from '../support/server.mjs'

const TECHNICIAN = 'P-0001'
const BUILD = 'e2e-next'
const pwa = path.resolve(import.meta.dirname, '../../../pwa')
let server, phone, page, order, next
const isApi = ({ url }) => url.startsWith('/api/')

before(async () => {
  next = await mkdtemp(path.join(os.tmpdir(), 'daochang-next-'))
  const env = { ...process.env, DAOCHANG_BUILD: BUILD }
  const built = promisify(execFile)('npx', ['vite', 'build', '--outDir', next, '--emptyOutDir'], { cwd: pwa, env })
  server = await startServer()
  await built
  order = await newWorkOrder(server.origin)
  phone = await newPhone(server.origin)
  page = await phone.switchOn({ position: at(order.terminal) })
  await signInOnPhone(page)
  await openOrder(page, order.id)
})
after(async () => {
  await phone?.throwAway()
  await server?.stop()
  await rm(next, { recursive: true, force: true })
})

test('a new version waits while a form is open; nothing reloads by itself', async (t) => {
  server.network.drop(isApi)
  await respond(page)
  await setOut(page)
  await note(page, '更新之前')
  await choosePhotos(page, [await photo('DSCN0010.jpg', t.diagnostic)])
  await page.locator('.thumb').first().waitFor()
  await server.restart({ web: next })
  await page.getByRole('button', { name: '写备注' }).click()
  await page.getByLabel('备注内容').fill('写到一半')
  await page.evaluate(async () => {
    window.sameLoad = true
    const registration = await navigator.serviceWorker.getRegistration()
    await registration.update()
    while (!registration.waiting) await new Promise((resolve) => setTimeout(resolve, 100))
  })
  await page.waitForTimeout(1_000)
  assert.equal(await page.evaluate(() => window.sameLoad), true, 'the page was loaded again in the middle of a form')
  assert.equal(await page.getByLabel('备注内容').inputValue(), '写到一半')
  await page.getByRole('button', { name: '保存备注' }).click()
  await inHistory(page, '写到一半')
})

/**
 * The new version runs, at the latest after the next start: now and then Chromium keeps the old worker although
 * nothing is in flight any more, and then a tap does nothing until the app has been closed.
 */
async function newVersion(t) {
  const shown = () => page.getByText(`当前版本 ${BUILD}`).waitFor({ timeout: 20_000 })
  try {
    await shown()
  } catch {
    t.diagnostic('the tap did not replace the old version; the next start has to')
    await phone.switchOff()
    page = await phone.switchOn({ position: at(order.terminal) })
    await page.getByRole('heading', { name: '工单', exact: true }).waitFor()
    await page.goto(`${server.origin}/me`)
    await shown()
  }
}

test('the update is offered and applied on a tap; the outbox is as it was, and is then sent', async (t) => {
  const before = await outbox(page, TECHNICIAN)
  await page.getByRole('link', { name: '返回' }).click()
  await page.getByText('有新版本，点此更新').click()
  await page.getByRole('button', { name: '现在更新' }).click()
  await newVersion(t)
  const later = await outbox(page, TECHNICIAN)
  for (const event of before.events) {
    const kept = later.events.find((one) => one.seq === event.seq)
    assert.equal(kept?.id, event.id, `${event.t} changed with the update`)
    assert.equal(kept.state, event.state)
  }
  assert.deepEqual(later.photos, before.photos)
  server.network.drop(null)
  await wakeUp(page)
  const evidence = await assertExactlyOnce(server.origin, page, TECHNICIAN, order)
  assert.deepEqual(evidence.work_order.notes.map((one) => one.text), ['更新之前', '写到一半'])
  assert.equal(evidence.photos.length, 1)
})

test('the new version starts without network, and the old one is gone from the phone', async () => {
  server.network.down()
  await page.goto(server.origin)
  await page.getByRole('heading', { name: '工单', exact: true }).waitFor()
  assert.equal(await page.evaluate(async () => (await caches.keys()).length), 1)
})

test('no page threw anything', () => assert.deepEqual(phone.errors, []))
