// The product's main job, told once from the fault to the authority's page: scan, check in, repair,
// photos, signature without network; the phone dies; the network returns; the evidence stands.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { chromium } from 'playwright-core'

import { authorityOf, newWorkOrder, signIn } from '../support/api.mjs'
import { delivered, filmLabel, newPhone, outbox, signInOnPhone } from '../support/phone.mjs'
import { jpeg } from '../support/photo.mjs'
import { PASSWORD, startServer } from '../support/server.mjs'

let server, workOrder, phone, page, film

before(async () => {
  server = await startServer()
  phone = await newPhone(server.origin)
})
after(async () => {
  await phone?.throwAway()
  await server?.stop()
})

const position = () => ({
  latitude: workOrder.terminal.lat_e7 / 1e7,
  longitude: workOrder.terminal.lng_e7 / 1e7,
  accuracy: 18,
})

test('the technician signs in, the phone makes its key and fills its store', async () => {
  page = await phone.switchOn()
  await signInOnPhone(page)
  const { events } = await outbox(page, 'P-0001')
  assert.deepEqual(events.slice(0, 2).map((event) => event.t), ['enrolled', 'app_started'])
})

test('a new work order appears while the app is open, with its level and next deadline in words', async () => {
  workOrder = await newWorkOrder(server.origin)
  await page.getByText(workOrder.terminal.id).first().waitFor({ timeout: 20_000 })
  const text = await page.locator('main').innerText()
  assert.match(text, /严重/)
  assert.match(text, /响应/)
  assert.match(text, /9\.2 a/)
  film = await filmLabel(server.origin, workOrder.terminal.id, phone.profile)
  // The camera of this browser is chosen at its start.
  await phone.switchOff()
  page = await phone.switchOn({ film, position: position() })
  await page.getByText(workOrder.terminal.id).first().waitFor()
})

test('without network: accept, set out, scan, check in', async () => {
  server.network.down()
  await page.getByRole('button', { name: '接单' }).click()
  await page.getByText('已接单，已保存在本机').waitFor()
  await page.getByRole('button', { name: '出发' }).click()
  await page.getByText('已出发，已保存在本机').waitFor()
  await page.locator('a, button').filter({ hasText: '到场签到' }).first().click()
  await page.getByText('终端相符').waitFor({ timeout: 20_000 })
  await page.getByText('在范围内').first().waitFor({ timeout: 20_000 })
  await page.getByRole('button', { name: '确认签到' }).click()
  await page.getByText('已签到，已保存在本机').waitFor({ timeout: 20_000 })
  await page.locator('main').getByText('到场证据').first().waitFor()
  await show(page, 'phone-order')
})

test('repair and photos are kept as they are typed, through a dead battery', async () => {
  await page.goto(`${server.origin}/work-orders/${workOrder.id}/work`)
  await page.getByLabel('故障原因').fill('主板供电线缆松动')
  await page.getByLabel('处理措施').fill('重插线缆并固定，重启后连续测试三次')
  await page.waitForTimeout(600)
  await phone.kill()
  page = await phone.switchOn({ film, position: position(), path: `/work-orders/${workOrder.id}/work` })
  await page.getByText('已恢复上次没填完的内容').waitFor()
  assert.equal(await page.getByLabel('故障原因').inputValue(), '主板供电线缆松动')
  await page.getByRole('radio', { name: '一般问题' }).check({ force: true })
  await page.getByLabel('拍处理前照片').setInputFiles(await photo('DSCN0010.jpg', 1))
  await page.getByLabel('拍处理后照片').setInputFiles(await photo('HMD_Nokia_8.3_5G.jpg', 2))
  await page.waitForFunction((n) => document.querySelectorAll('main img').length >= n, 2, { timeout: 30_000 })
  await page.getByRole('button', { name: '修复完成' }).click()
  await page.getByText('修复完成，已保存在本机').waitFor({ timeout: 20_000 })
})

test('the site manager reads, rates and signs by hand; an empty signature is refused', async () => {
  await page.goto(`${server.origin}/work-orders/${workOrder.id}/hand-over`)
  await page.getByText('主板供电线缆松动').waitFor()
  await page.getByRole('radio', { name: '已解决', exact: true }).check({ force: true })
  await page.getByRole('radio', { name: /5/ }).check({ force: true })
  const sign = page.getByRole('button', { name: '确认签收', exact: true })
  await sign.click()
  await page.getByText('请手写签名，空白或一点不能签收').first().waitFor()
  await writeName(page)
  await show(page, 'phone-hand-over')
  await sign.click()
  await page.getByText('签收完成，谢谢！').waitFor({ timeout: 20_000 })
  const { events } = await outbox(page, 'P-0001')
  assert.equal(events.filter((event) => event.t === 'evaluated').length, 1)
})

test('the network returns: every item is acknowledged exactly once', async () => {
  await phone.switchOff()
  page = await phone.switchOn()
  await page.getByText(/条待传/).first().waitFor()
  server.network.up()
  const { events, photos } = await delivered(page, 'P-0001')
  assert.equal(photos.length, 2)
  const authority = await authorityOf(server.origin, workOrder.site)
  const evidence = await authority.get(`/work-orders/${workOrder.id}/evidence`)
  const mine = evidence.events.filter((event) => event.wo === workOrder.id && event.by === 'P-0001')
  assert.deepEqual(
    mine.map((event) => event.id).sort(),
    events.filter((event) => event.wo === workOrder.id).map((event) => event.id).sort(),
  )
  assert.equal(new Set(evidence.events.map((event) => event.id)).size, evidence.events.length)
  assert.ok(evidence.photos.every((one) => one.stored))
  assert.equal(evidence.quarantined.length, 0)
  assert.equal(evidence.judgement.stage.name, 'evaluated')
  assert.equal(evidence.judgement.arrival.verdict, 'met')
  assert.equal(evidence.judgement.presence[0].proximity, 'inside')
})

test('the district sees interval, verdict and reasons; another district sees nothing', async () => {
  const other = await signIn(server.origin, workOrder.site.district === 'FT' ? 'authority-ns' : 'authority-ft')
  await assert.rejects(other.get(`/work-orders/${workOrder.id}/evidence`), { status: 404 })
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' })
  const wide = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' })
  await wide.goto(`${server.origin}/console`)
  await wide.getByLabel('账号').fill(`authority-${workOrder.site.district.toLowerCase()}`)
  await wide.getByLabel('密码', { exact: true }).fill(PASSWORD)
  await wide.getByRole('button', { name: '登录', exact: true }).click()
  await wide.getByText(/未结/).first().waitFor()
  await wide.goto(`${server.origin}/console/work-orders/${workOrder.id}/evidence`)
  await wide.getByText('达标').first().waitFor({ timeout: 20_000 })
  // The reader's own browser has checked every signature and the hash of every photo.
  await wide.getByText('哈希一致').nth(1).waitFor({ timeout: 30_000 })
  const text = await wide.locator('body').innerText()
  for (const word of ['9.2 a', '服务器证明', '手机自称', '王静']) assert.ok(text.includes(word), word)
  await show(wide, 'evidence')
  await browser.close()
})

test('no page threw anything', () => assert.deepEqual(phone.errors, []))

/** With E2E_SHOTS=docs/images the pictures of the README are taken anew. */
async function show(page, name) {
  const folder = process.env.E2E_SHOTS
  if (folder) await page.screenshot({ path: path.join(folder, `${name}.png`) })
}

/** A real camera photo where the collection is at hand, else one that is drawn. */
async function photo(name, seed) {
  const real = path.resolve(import.meta.dirname, '../../../../shared/data/photos', name)
  return existsSync(real) ? real : { name, mimeType: 'image/jpeg', buffer: await jpeg(seed) }
}

async function writeName(page) {
  const pad = page.getByRole('img', { name: '签名区，请用手指书写' })
  await pad.scrollIntoViewIfNeeded()
  const box = await pad.boundingBox()
  const at = (x, y) => [box.x + box.width * x, box.y + box.height * y]
  for (const [from, to] of [[[0.2, 0.3], [0.5, 0.35]], [[0.35, 0.2], [0.3, 0.8]], [[0.55, 0.3], [0.8, 0.75]]]) {
    await page.mouse.move(...at(...from))
    await page.mouse.down()
    await page.mouse.move(...at(...to), { steps: 12 })
    await page.mouse.up()
  }
}
