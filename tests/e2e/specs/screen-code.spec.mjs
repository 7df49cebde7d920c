// The rotating code on a terminal's own screen: registered at the desk, shown by the terminal's
// browser with and without network, read on the technician's phone as pasted text.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { chromium } from 'playwright-core'

import { newWorkOrder, signIn } from '../support/api.mjs'
import { at, confirmCheckIn, openOrder, respond, setOut, wakeUp } from '../support/field.mjs'
import { assertExactlyOnce } from '../support/oracle.mjs'
import { newPhone, signInOnPhone } from '../support/phone.mjs'
import { startServer } from '../support/server.mjs'

const TECHNICIAN = 'P-0001'
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const SHOTS = process.env.E2E_SHOTS
let server, phone, page, order, browser, kiosk

const shown = () => kiosk.locator('#code[data-text]').getAttribute('data-text')
const shoot = async (what, name) => SHOTS && (await what.screenshot({ path: `${SHOTS}/${name}.png` }))

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
  const token = await signIn(server.origin, 'admin')
  const answer = await fetch(`${server.origin}/api/v1/kiosks`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ terminal: order.terminal.id }),
  })
  const { address } = await answer.json()
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
  await page.getByRole('button', { name: '输入编号', exact: true }).click()
  await page.getByText('粘贴码的内容').click()
  await page.getByLabel(/碰触 NFC 标签打开的网址/).fill(text)
  await page.getByRole('button', { name: '用这段内容', exact: true }).click()
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

test('no page threw anything', () => assert.deepEqual(phone.errors, []))
