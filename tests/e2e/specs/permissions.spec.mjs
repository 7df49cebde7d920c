// What the phone does not give: camera, position, room. And codes that are not the right ones.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { chromium } from 'playwright-core'

import { newWorkOrder } from '../support/api.mjs'
import { at, choose, choosePhotos, confirmCheckIn, inHistory, note, openOrder, photo, respond, setOut, typeCode } from '../support/field.mjs'
import { assertExactlyOnce } from '../support/oracle.mjs'
import { newPhone, outbox, signInOnPhone } from '../support/phone.mjs'
import { startServer } from '../support/server.mjs'

const TECHNICIAN = 'P-0001'
let server, phone, page

before(async () => {
  server = await startServer()
  phone = await newPhone(server.origin)
})
after(async () => {
  await phone?.throwAway()
  await server?.stop()
})

/** A work order on its way, on a phone that was switched on with these permissions. */
async function underWay(options, fault = 'HW-1') {
  const order = await newWorkOrder(server.origin, { fault })
  const isFirst = phone.page === null
  page = await phone.switchOn({ ...options, position: options.position ?? at(order.terminal, options.accuracy) })
  if (isFirst) await signInOnPhone(page)
  await openOrder(page, order.id)
  await respond(page)
  await setOut(page)
  return order
}

const toScan = () => page.getByRole('button', { name: '到场签到', exact: true }).click()

/** The printed label, photographed. */
async function labelPhoto(terminal) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' })
  try {
    const sheet = await browser.newPage({ viewport: { width: 1200, height: 900 }, deviceScaleFactor: 3 })
    await sheet.goto(`${server.origin}/labels`)
    const buffer = await sheet.locator('.label', { hasText: terminal }).screenshot({ type: 'jpeg', quality: 85 })
    return { name: 'label.jpg', mimeType: 'image/jpeg', buffer }
  } finally {
    await browser.close()
  }
}

test('camera denied: the words say so, an unknown code and an empty photo are explained, a photographed code works', async (t) => {
  const order = await underWay({ camera: 'denied' })
  await toScan()
  await page.getByText('没有相机权限').waitFor()
  const picture = page.locator('input[aria-label="拍照识别"]')
  await picture.setInputFiles(await photo('DSCN0010.jpg', t.diagnostic))
  await page.getByText('照片里没有认出二维码，请靠近一些重拍，或输入编号').waitFor({ timeout: 20_000 })
  await typeCode(page, 'SZ-FT-123456')
  await page.getByRole('alert').waitFor()
  t.diagnostic(`wrong check digit: ${await page.getByRole('alert').innerText()}`)
  await picture.setInputFiles(await labelPhoto(order.terminal.id))
  await page.getByText('终端相符').waitFor({ timeout: 20_000 })
  await confirmCheckIn(page)
  const { work_order: doc } = await assertExactlyOnce(server.origin, page, TECHNICIAN, order)
  assert.equal(doc.visits[0].check_in.scan.method, 'photo')
  await phone.switchOff()
})

test('position denied: a reason and a photo of the place instead; the check-in is not held up', async (t) => {
  const order = await underWay({ position: 'denied' }, 'HW-2')
  await toScan()
  await typeCode(page, order.terminal.id)
  await page.getByRole('button', { name: '确认签到' }).waitFor()
  const allow = page.getByRole('button', { name: '开启定位' })
  if (await allow.isVisible()) await allow.click()
  await page.getByText('为什么没有定位？').waitFor({ timeout: 20_000 })
  await choose(page, '地下室')
  await page.getByText('没有定位时，请拍一张现场照片').waitFor()
  await choosePhotos(page, [await photo('DSCN0012.jpg', t.diagnostic)])
  await page.locator('.thumb').first().waitFor()
  await confirmCheckIn(page)
  const { work_order: doc, judgement } = await assertExactlyOnce(server.origin, page, TECHNICIAN, order)
  assert.equal(doc.visits[0].check_in.no_fix, 'basement')
  assert.equal(doc.photos.length, 1)
  assert.equal(judgement.presence[0].proximity, 'no_fix')
  assert.ok(['weak', 'none'].includes(judgement.presence[0].result), judgement.presence[0].result)
  await phone.switchOff()
})

test('a fix of 3,000 m and the code of another terminal: both numbers, a reason, and no verdict about the place', async () => {
  const order = await underWay({ accuracy: 3_000 }, 'HW-2')
  const another = await newWorkOrder(server.origin, { fault: 'HW-1', place: 1 })
  await toScan()
  await typeCode(page, another.terminal.id)
  await page.getByText('不是这张工单的终端').waitFor()
  const text = await page.locator('main').innerText()
  assert.ok(text.includes(order.terminal.id) && text.includes(another.terminal.id), 'both numbers are to be seen')
  await page.getByRole('button', { name: '仍要签到' }).click()
  assert.equal(await page.getByRole('button', { name: '仍要签到' }).isDisabled(), true, 'went on without a reason')
  await choose(page, '终端已移位')
  await page.getByRole('button', { name: '仍要签到' }).click()
  await page.getByText('与工单终端不同：终端已移位').waitFor()
  await page.getByText('定位很粗').waitFor({ timeout: 20_000 })
  await confirmCheckIn(page)
  const { work_order: doc, judgement } = await assertExactlyOnce(server.origin, page, TECHNICIAN, order)
  assert.equal(doc.visits[0].check_in.reason, '终端已移位')
  assert.equal(doc.visits[0].check_in.terminal, another.terminal.id)
  assert.equal(judgement.presence[0].proximity, 'cannot_tell')
  await phone.switchOff()
})

test('no room for photos: the words say what to do, and text is still saved', async (t) => {
  const fillUp = () => {
    const put = IDBObjectStore.prototype.put
    IDBObjectStore.prototype.put = function (...parts) {
      if (this.name === 'photo_bytes') throw new DOMException('no room', 'QuotaExceededError')
      return put.apply(this, parts)
    }
  }
  const order = await underWay({ init: fillUp }, 'HW-2')
  await choosePhotos(page, [await photo('DSCN0021.jpg', t.diagnostic)])
  await page.getByText('1 张照片没有保存').waitFor({ timeout: 20_000 })
  await page.getByText('本机空间已满').waitFor()
  await note(page, '满了也能写')
  await inHistory(page, '满了也能写')
  const { events, photos } = await outbox(page, TECHNICIAN)
  assert.equal(photos.filter((one) => one.wo === order.id).length, 0)
  assert.equal(events.filter((one) => one.wo === order.id && one.t === 'photo_taken').length, 0, 'a fact without its photo')
  const { work_order: doc } = await assertExactlyOnce(server.origin, page, TECHNICIAN, order)
  assert.equal(doc.notes.length, 1)
})

test('no page threw anything', () => assert.deepEqual(phone.errors, []))
