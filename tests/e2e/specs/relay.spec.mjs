// Proving time without network: the technician's phone has none; somebody else's phone, which nobody has
// signed in on, opens the address in its QR code; much later the phone syncs.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { chromium } from 'playwright-core'
import { prepareZXingModule, readBarcodes } from '../../../pwa/node_modules/zxing-wasm/dist/es/reader/index.js'

import { authorityOf, newWorkOrder, signIn } from '../support/api.mjs'
import { at, checkIn, openOrder, respond, setOut, wakeUp } from '../support/field.mjs'
import { delivered, newPhone, signInOnPhone } from '../support/phone.mjs'
import { PASSWORD, startServer } from '../support/server.mjs'

const EPSILON_MS = 1_000
let server, workOrder, phone, page, wide, relayed, code

before(async () => {
  const wasm = path.resolve(import.meta.dirname, '../../../pwa/node_modules/zxing-wasm/dist/reader/zxing_reader.wasm')
  prepareZXingModule({ overrides: { wasmBinary: await readFile(wasm) } })
  server = await startServer()
  workOrder = await newWorkOrder(server.origin)
  phone = await newPhone(server.origin)
  wide = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' })
})
after(async () => {
  await wide?.close()
  await phone?.throwAway()
  await server?.stop()
})

test('without network the phone says that the arrival cannot be proved, and until when it can', async () => {
  page = await phone.switchOn({ position: at(workOrder.terminal) })
  await signInOnPhone(page)
  await openOrder(page, workOrder.id)
  await respond(page)
  await setOut(page)
  await delivered(page, 'P-0001')
  server.network.down()
  await checkIn(page, workOrder.terminal.id)
  const nudge = page.locator('[data-relay-nudge]')
  await nudge.waitFor({ timeout: 20_000 })
  const text = await nudge.innerText()
  assert.match(text, /到场/)
  assert.match(text, /\d\d:\d\d 前让现场管理人员扫一扫即可证明按时/)
  await show(page, 'relay-nudge')
})

test('the QR code on its screen is an address that anybody can open', async () => {
  await page.getByRole('link', { name: '让现场管理人员扫一扫' }).click()
  const drawing = page.locator('svg.code')
  await drawing.waitFor()
  await show(page, 'relay-code')
  const [read] = await readBarcodes(new Uint8Array(await drawing.screenshot()), { formats: ['QRCode'] })
  assert.equal(read.text, await drawing.getAttribute('data-url'))
  assert.ok(read.text.startsWith(`${server.origin}/r/`), read.text)
  code = await page.locator('[data-relay-code]').innerText()
  assert.equal(code.replace(/\s/g, '').length, 20)

  const other = await wide.newPage({ viewport: { width: 390, height: 844 }, locale: 'zh-CN', javaScriptEnabled: false })
  await other.goto(read.text.replace(server.origin, server.direct))
  await other.getByText('已收到，谢谢您帮忙').waitFor()
  relayed = { time: await other.locator('time').innerText(), digits: await other.locator('.digits').innerText() }
  await show(other, 'relay-page')
  await other.waitForTimeout(1_100)
  await other.reload()
  assert.equal(await other.locator('time').innerText(), relayed.time, 'opening it again changes nothing')
})

test('the digits that are read back say whether the right code was scanned', async () => {
  const field = page.getByLabel('对方回读的六位数字（可不填）')
  const wrong = relayed.digits.replace(/\d$/, (digit) => String((Number(digit) + 1) % 10))
  await field.fill(wrong)
  await page.getByRole('button', { name: '核对' }).click()
  await page.getByText(/与本机不一致/).waitFor()
  await field.fill(relayed.digits)
  await page.getByRole('button', { name: '核对' }).click()
  await page.getByText(/一致。服务器已收到/).waitFor()
  await page.getByRole('link', { name: '返回工单' }).click()
  await page.getByText(/已请人转达/).waitFor()
})

test('the hotline enters the same code and reads back the same digits', async () => {
  const desk = await wide.newPage({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' })
  await desk.goto(`${server.direct}/console`)
  await desk.getByLabel('账号').fill('dispatch1')
  await desk.getByLabel('密码', { exact: true }).fill(PASSWORD)
  await desk.getByRole('button', { name: '登录', exact: true }).click()
  await desk.getByRole('link', { name: '登记证明码' }).click()
  await desk.getByLabel('证明码（20 位）').fill('0123 4567')
  await desk.getByRole('button', { name: '登记', exact: true }).click()
  await desk.getByText(/证明码应为 20 位/).waitFor()
  await desk.getByLabel('证明码（20 位）').fill(code.toLowerCase().replace(/0/g, 'o'))
  await desk.getByRole('button', { name: '登记', exact: true }).click()
  await desk.getByText(/已登记，时间/).waitFor()
  assert.equal(await desk.locator('[data-acknowledgement]').innerText(), relayed.digits)
  await show(desk, 'relay-console')
})

test('when the phone syncs, its arrival is bounded by the scan and not by the sync', async () => {
  await page.waitForTimeout(3_000)
  server.network.up()
  await wakeUp(page)
  await delivered(page, 'P-0001')
  const authority = await authorityOf(server.direct, workOrder.site)
  const evidence = await authority.get(`/work-orders/${workOrder.id}/evidence`)
  const receipts = evidence.receipts.map((receipt) => JSON.parse(Buffer.from(receipt.envelope.payload, 'base64')))
  const scan = receipts.find((receipt) => receipt.via === 'relay_qr')
  const told = receipts.find((receipt) => receipt.via === 'relay_code')
  assert.ok(scan && told && scan.ts < told.ts && scan.head === told.head)
  assert.equal(evidence.work_order.visits[0].check_in.at.bounds.b.latest, scan.ts + EPSILON_MS)
  const arrival = evidence.judgement.clocks.find((clock) => clock.kind === 'arrival')
  assert.equal(arrival.verdicts.server, 'met')
  assert.equal(evidence.judgement.arrival.verdict, 'met')
  await page.locator('[data-relay-nudge]').waitFor({ state: 'detached', timeout: 20_000 })

  const reader = await wide.newPage({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' })
  await reader.goto(`${server.direct}/console`)
  await reader.getByLabel('账号').fill(`authority-${workOrder.site.district.toLowerCase()}`)
  await reader.getByLabel('密码', { exact: true }).fill(PASSWORD)
  await reader.getByRole('button', { name: '登录', exact: true }).click()
  await reader.getByText(/未结/).first().waitFor()
  await reader.goto(`${server.direct}/console/work-orders/${workOrder.id}/evidence`)
  await reader.getByText('达标').first().waitFor({ timeout: 20_000 })
})

test('who may not enter codes does not see the form, and no page threw anything', async () => {
  const district = await authorityOf(server.direct, workOrder.site)
  await assert.rejects(district.post('/relay-codes', { code }), { status: 403 })
  const desk = await signIn(server.direct, 'dispatch1')
  assert.equal((await desk.post('/relay-codes', { code })).is_repeat, true)
  assert.deepEqual(phone.errors, [])
})

/** With E2E_SHOTS=folder, pictures to look at. */
async function show(page, name) {
  const folder = process.env.E2E_SHOTS
  if (folder) await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true })
}
