// Codes at a terminal: the rotating code on its own screen, registered at the desk, shown by the
// terminal's browser with and without network, read on the technician's phone as pasted text; the
// site manager's phone beside a label where the terminal is dark; and the words at the console.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'

import { chromium } from 'playwright-core'

import { newWorkOrder, signIn } from '../support/api.mjs'
import { at, confirmCheckIn, openOrder, respond, setOut, wakeUp } from '../support/field.mjs'
import { assertExactlyOnce } from '../support/oracle.mjs'
import { newPhone, signInOnPhone } from '../support/phone.mjs'
import { PASSWORD, startServer } from '../support/server.mjs'

const TECHNICIAN = 'P-0001'
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const SHOTS = process.env.E2E_SHOTS
let server, phone, page, order, browser, kiosk

const shown = () => kiosk.locator('#code[data-text]').getAttribute('data-text')
const shoot = async (what, name) => SHOTS && (await what.screenshot({ path: `${SHOTS}/${name}.png` }))

/** Gives the scan screen a text that something else has read. */
async function paste(text) {
  await page.getByRole('button', { name: '输入编号', exact: true }).click()
  await page.getByText('粘贴码的内容').click()
  await page.getByLabel(/碰触 NFC 标签打开的网址/).fill(text)
  await page.getByRole('button', { name: '用这段内容', exact: true }).click()
}

/** Signs in at the console. */
async function enter(login, viewport) {
  const view = await (await browser.newContext({ viewport, locale: 'zh-CN' })).newPage()
  view.on('pageerror', (error) => phone.errors.push(error.message))
  await view.goto(`${server.origin}/console`)
  await view.getByLabel('账号').fill(login)
  await view.getByLabel('密码', { exact: true }).fill(PASSWORD)
  await view.getByRole('button', { name: '登录', exact: true }).click()
  return view
}

async function loginOf(person) {
  const { people } = JSON.parse(await readFile(new URL('../../../server/api/src/demo/people.json', import.meta.url), 'utf8'))
  return people.find(({ id }) => id === person).login
}

/** The printed label, photographed. */
async function pictureOfLabel(terminal) {
  const sheet = await browser.newPage({ viewport: { width: 1200, height: 900 }, deviceScaleFactor: 3 })
  await sheet.goto(`${server.origin}/labels`)
  return sheet.locator('.label', { hasText: terminal }).locator('svg').screenshot()
}

before(async () => {
  server = await startServer()
  order = await newWorkOrder(server.origin)
  phone = await newPhone(server.origin)
  page = await phone.switchOn({ position: at(order.terminal) })
  await signInOnPhone(page)
  browser = await chromium.launch({ executablePath: CHROMIUM })
  kiosk = await (await browser.newContext({ viewport: { width: 1080, height: 1920 } })).newPage()
})
after(async () => {
  await browser?.close()
  await phone?.throwAway()
  await server?.stop()
})

test('a screen that nobody registered says what to do', async () => {
  await kiosk.goto(`${server.origin}/kiosk/${order.terminal.id}`)
  await kiosk.getByText('这块屏幕没有登记').waitFor()
  await shoot(kiosk, 'kiosk-unregistered')
})

test('a registered screen shows a code and keeps its secret out of the address', async () => {
  const admin = await signIn(server.origin, 'admin')
  const { address } = await admin.post('/kiosks', { terminal: order.terminal.id })
  const secret = new URL(address).hash
  await kiosk.goto('about:blank')
  await kiosk.goto(`${server.origin}/kiosk/${order.terminal.id}${secret}`)
  await kiosk.getByText('已联网').waitFor()
  assert.equal(new URL(kiosk.url()).hash, '')
  assert.match(await shown(), /\/t\/[^?]+\?c=/)
  await shoot(kiosk, 'kiosk-1080x1920')
  await kiosk.setViewportSize({ width: 390, height: 844 })
  await shoot(kiosk, 'kiosk-390x844')
})

test('the phone reads it without network, and the server makes it strong', async () => {
  await openOrder(page, order.id)
  await respond(page)
  await setOut(page)
  const text = await shown()
  server.network.down()
  await page.getByRole('button', { name: '到场签到', exact: true }).click()
  await paste(text)
  await page.getByText('将由服务器核验').first().waitFor()
  await shoot(page, 'check-in-screen-code')
  await confirmCheckIn(page)
  server.network.up()
  await wakeUp(page)
  const { judgement } = await assertExactlyOnce(server.origin, page, TECHNICIAN, order)
  const [presence] = judgement.presence
  assert.equal(presence.result, 'strong', JSON.stringify(presence))
  assert.ok(presence.factors.some(({ code }) => code === 'screen_code'))
})

test('without network the screen makes codes of its own, also after a restart', async () => {
  await kiosk.waitForTimeout(1_000)
  server.network.down()
  await kiosk.evaluate(() => window.dispatchEvent(new Event('online')))
  await kiosk.getByText('没有网络，显示离线动态码').waitFor({ timeout: 20_000 })
  assert.match(await shown(), /\?o=\d+-\d{8}$/)
  await kiosk.reload()
  await kiosk.getByText('没有网络，显示离线动态码').waitFor({ timeout: 20_000 })
  server.network.up()
})

test('the console says what the code proved', async () => {
  const authority = `authority-${order.site.district.toLowerCase()}`
  const wide = await enter(authority, { width: 1440, height: 900 })
  await wide.getByText(/未结/).first().waitFor()
  await wide.goto(`${server.origin}/console/work-orders/${order.id}/evidence`)
  await wide.getByText('扫到了本终端屏幕上刚生成的动态码').first().waitFor()
  await wide.getByText('核验所扫的码').first().waitFor()
  await shoot(wide, 'console-evidence-factor')
})

test('where the terminal is dark, a label and the code on the manager’s own phone are strong', async () => {
  const dark = await newWorkOrder(server.origin, { place: 1, fault: 'HW-2' })
  const manager = await enter(await loginOf(dark.site.managers[0].person), { width: 390, height: 844 })
  await manager.getByLabel('选择终端').selectOption(dark.terminal.id)
  const text = await manager.locator('svg.code').getAttribute('data-text')
  assert.match(text, new RegExp(`[?]c=[^&]+&m=${dark.site.managers[0].person}$`))
  await shoot(manager, 'manager-code-390x844')

  await page.context().setGeolocation(at(dark.terminal))
  await openOrder(page, dark.id)
  await respond(page)
  await setOut(page)
  await page.getByRole('button', { name: '到场签到', exact: true }).click()
  await page.locator('input[type=file]').setInputFiles({ name: 'label.png', mimeType: 'image/png', buffer: await pictureOfLabel(dark.terminal.id) })
  await page.getByText('签名标签，本机已核对').waitFor()
  await page.getByRole('link', { name: '再扫一个动态码' }).click()
  await paste(await manager.locator('svg.code').getAttribute('data-text'))
  await page.getByText('现场管理人员手机上的动态码').waitFor()
  await shoot(page, 'check-in-manager-code')
  await confirmCheckIn(page)
  const { judgement } = await assertExactlyOnce(server.origin, page, TECHNICIAN, dark)
  const [presence] = judgement.presence
  const codes = presence.factors.map(({ code }) => code)
  assert.deepEqual([presence.result, codes.includes('signed_label'), codes.includes('manager_phone')], ['strong', true, true], JSON.stringify(presence))
})

test('no page threw anything', () => assert.deepEqual(phone.errors, []))
