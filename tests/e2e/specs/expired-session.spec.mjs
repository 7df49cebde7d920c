// The sign-in ends while the outbox is full: nothing is lost, nothing is sent, and it goes on after signing in.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'

import { newWorkOrder } from '../support/api.mjs'
import { at, choosePhotos, inHistory, note, openOrder, photo, respond, setOut } from '../support/field.mjs'
import { assertExactlyOnce } from '../support/oracle.mjs'
import { newPhone, outbox, signInOnPhone } from '../support/phone.mjs'
import { PASSWORD, startServer } from '../support/server.mjs'

const TECHNICIAN = 'P-0001'
let server, phone, page, order
const unsent = async () => {
  const { events, photos } = await outbox(page, TECHNICIAN)
  return { events: events.filter((one) => one.state === 'saved'), photos: photos.filter((one) => one.state === 'saved') }
}

async function signOut() {
  await page.getByRole('button', { name: '退出登录' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '退出登录' }).click()
}

before(async () => {
  server = await startServer()
  order = await newWorkOrder(server.origin)
  phone = await newPhone(server.origin)
  page = await phone.switchOn({ position: at(order.terminal) })
  await signInOnPhone(page)
  await openOrder(page, order.id)
})
after(async () => {
  await phone?.throwAway()
  await server?.stop()
})

test('the token is revoked while records wait: the app says so and keeps everything', async (t) => {
  server.network.down()
  await respond(page)
  await setOut(page)
  await note(page, '会话过期前')
  await choosePhotos(page, [await photo('DSCN0010.jpg', t.diagnostic)])
  await page.locator('.thumb').first().waitFor()
  const token = await page.evaluate((key) => JSON.parse(localStorage.getItem(key)).token, `daochang.session.${TECHNICIAN}`)
  const ended = await fetch(`${server.direct}/api/v1/session`, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } })
  assert.ok(ended.ok)
  const before = await unsent()
  server.network.up()
  await page.goto(server.origin)
  await page.getByText('登录已过期，记录仍保存在本机；点此重新登录').waitFor()
  const now = await unsent()
  for (const { id } of before.events) assert.ok(now.events.some((one) => one.id === id), 'an unsent record is gone')
  assert.deepEqual(now.photos, before.photos)
  await openOrder(page, order.id)
  await note(page, '过期以后还能记')
  await inHistory(page, '过期以后还能记')
})

test('signing out is refused, and the export holds every unsent item', async () => {
  await page.goto(`${server.origin}/me`)
  await signOut()
  await page.getByText('还有记录没有送达，不能退出').waitFor()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: '导出', exact: true }).click(),
  ])
  const file = JSON.parse(await readFile(await download.path(), 'utf8'))
  const waiting = await unsent()
  assert.equal(file.format, 'daochang.unsent.v1')
  for (const { id, t } of waiting.events) assert.ok(file.events.some((one) => one.id === id && one.envelope.payload), `${t} is missing in the export`)
  assert.deepEqual(file.photos.map((one) => one.sha256), waiting.photos.map((one) => one.sha256))
  assert.ok(file.photos.every((one) => Buffer.from(one.base64, 'base64').length === one.size))
})

test('after signing in again everything is sent, once', async () => {
  await page.goto(server.origin)
  await page.getByText('登录已过期，记录仍保存在本机；点此重新登录').click()
  await page.getByText('未送达的记录都在本机，请用原账号登录后继续发送').waitFor()
  await page.getByLabel('账号').fill('tech1')
  await page.getByLabel('密码', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: '登录', exact: true }).click()
  const evidence = await assertExactlyOnce(server.origin, page, TECHNICIAN, order)
  assert.deepEqual(evidence.work_order.notes.map((one) => one.text), ['会话过期前', '过期以后还能记'])
})

test('with nothing unsent, signing out is allowed', async () => {
  await page.goto(`${server.origin}/me`)
  await signOut()
  await page.getByRole('heading', { name: '登录' }).waitFor()
})

test('no page threw anything', () => assert.deepEqual(phone.errors, []))
