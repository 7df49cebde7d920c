// Every screen in every way of showing it: axe finds nothing at level AA. And the page behind the label.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { chromium } from 'playwright-core'

import { newWorkOrder, signIn } from '../support/api.mjs'
import { at, checkIn, choosePhotos, openOrder, photo, repair, respond, setOut } from '../support/field.mjs'
import { newPhone, signInOnPhone } from '../support/phone.mjs'
import { PASSWORD, startServer } from '../support/server.mjs'

const AXE = await readFile(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8')
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
const PHONE = { width: 390, height: 844 }
const WIDE = { width: 1440, height: 900 }
const PAGE_BYTES_MAX = 50_000
let server, phone, page, fresh, order, browser

before(async () => {
  server = await startServer()
  fresh = await newWorkOrder(server.origin)
  order = await newWorkOrder(server.origin, { fault: 'HW-2' })
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' })
  phone = await newPhone(server.origin)
  page = await phone.switchOn({ position: at(order.terminal) })
})
after(async () => {
  await browser?.close()
  await phone?.throwAway()
  await server?.stop()
})

/** What axe finds, in one line each. The policy of the pages allows no foreign script, so it is evaluated. */
async function findings(view) {
  await view.evaluate(AXE)
  const { violations } = await view.evaluate((values) => window.axe.run(document, { runOnly: { type: 'tag', values } }), TAGS)
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.any[0]?.message ?? ''}`))
}

async function shot(view, name) {
  if (process.env.E2E_SHOTS) await view.screenshot({ path: path.join(process.env.E2E_SHOTS, `${name}.png`) })
}

const LOOKS = {
  zh: {},
  en: { lang: 'en', theme: 'strong' },
  large: { large: true },
  dark: { theme: 'dark' },
}

/** Looks at these screens in each look; returns what is wrong with them and whether one is wider than the phone. */
async function lookAt(screens, view = page) {
  const wrong = []
  for (const [look, prefs] of Object.entries(LOOKS)) {
    await view.evaluate((value) => localStorage.setItem('daochang.prefs', JSON.stringify(value)), prefs)
    for (const [name, address] of Object.entries(screens)) {
      await view.goto(server.origin + address)
      await view.locator('#content :is(h1, h2, h3, p, button, input)').first().waitFor()
      await view.waitForTimeout(150)
      const wide = await view.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      if (wide > 0) wrong.push(`${name} in ${look}: ${wide} px wider than the phone`)
      await shot(view, `${name}-${look}`)
      // As tall as the page: what only lies below the bar until one scrolls is no finding.
      const height = await view.evaluate(() => document.documentElement.scrollHeight)
      await view.setViewportSize({ width: PHONE.width, height: Math.max(PHONE.height, height + 150) })
      wrong.push(...(await findings(view)).map((found) => `${name} in ${look}: ${found}`))
      await view.setViewportSize(PHONE)
    }
  }
  await view.evaluate(() => localStorage.removeItem('daochang.prefs'))
  return wrong
}

test('the sign-in', async () => assert.deepEqual(await lookAt({ 'sign-in': '/sign-in' }), []))

test('every screen of the phone', async (t) => {
  await page.goto(server.origin)
  await signInOnPhone(page)
  await openOrder(page, order.id)
  await respond(page)
  await setOut(page)
  await checkIn(page, order.terminal.id)
  await choosePhotos(page, [await photo('DSCN0010.jpg', t.diagnostic)])
  await page.locator('.thumb').first().waitFor()
  await repair(page)
  server.network.down()
  const screens = {
    home: '/',
    order: `/work-orders/${order.id}`,
    scan: `/scan?wo=${fresh.id}`,
    'check-in': `/work-orders/${fresh.id}/check-in`,
    work: `/work-orders/${fresh.id}/work`,
    'hand-over': `/work-orders/${order.id}/hand-over`,
    relay: `/work-orders/${order.id}/relay`,
    sync: '/sync',
    me: '/me',
  }
  try {
    assert.deepEqual(await lookAt(screens), [])
  } finally {
    server.network.up()
  }
})

test('a phone that has the app still gets the pages that the server answers itself', async () => {
  assert.ok(await page.evaluate(() => navigator.serviceWorker.controller !== null), 'the app is installed')
  for (const address of ['/log', '/standard']) {
    await page.goto(server.origin + address)
    assert.ok(page.url().endsWith(address), page.url())
    assert.equal(await page.locator('footer').count(), 1, address)
  }
})

/** What is wrong with a page of the console. */
async function lookWide(wide, name) {
  await wide.waitForTimeout(500)
  const found = await findings(wide)
  await shot(wide, `console-${name}`)
  return found.map((one) => `${name}: ${one}`)
}

/** Signs in at the console; `atTheDoor` sees the page before. */
async function enter(login, atTheDoor = async () => undefined) {
  const wide = await (await browser.newContext({ viewport: WIDE, locale: 'zh-CN' })).newPage()
  await wide.goto(`${server.origin}/console`)
  await wide.getByLabel('账号').waitFor()
  await atTheDoor(wide)
  await wide.getByLabel('账号').fill(login)
  await wide.getByLabel('密码', { exact: true }).fill(PASSWORD)
  await wide.getByRole('button', { name: '登录', exact: true }).click()
  await wide.getByText(/未结/).first().waitFor()
  return wide
}

test('the console: sign-in, desk, new report, work order, evidence', async () => {
  const wrong = []
  const look = async (wide, name) => wrong.push(...(await lookWide(wide, name)))
  const desk = await enter('dispatch1', (wide) => look(wide, 'sign-in'))
  await look(desk, 'desk')
  await desk.goto(`${server.origin}/console/report`)
  await desk.getByRole('heading').first().waitFor()
  await look(desk, 'report')
  await desk.goto(`${server.origin}/console/relay-codes`)
  await desk.getByLabel('证明码（20 位）').waitFor()
  await look(desk, 'relay-codes')
  await desk.goto(`${server.origin}/console/work-orders/${order.id}`)
  await desk.getByText(order.terminal.id).first().waitFor()
  await look(desk, 'work-order')
  const authority = await enter(`authority-${order.site.district.toLowerCase()}`)
  await authority.goto(`${server.origin}/console/work-orders/${order.id}/evidence`)
  await authority.getByText('服务器证明').first().waitFor({ timeout: 20_000 })
  await authority.waitForTimeout(1_500)
  await look(authority, 'evidence')
  await authority.goto(`${server.origin}/console/log`)
  await authority.getByRole('heading', { name: '见证方' }).waitFor()
  await look(authority, 'watch')
  await authority.goto(`${server.origin}/console/figures`)
  await authority.getByRole('heading', { name: '到场证明率' }).waitFor()
  await authority.locator('table, .empty').first().waitFor()
  await look(authority, 'figures')
  assert.deepEqual(wrong, [])
})

test('the standard, clause by clause: small, without script, as wide as the screen, and every entry can be reached', async (t) => {
  for (const [lang, viewport] of [['zh-CN', PHONE], ['en', PHONE], ['zh-CN', WIDE], ['en', WIDE]]) {
    const name = `standard-${lang}-${viewport.width}`
    const reader = await (await browser.newContext({ viewport, javaScriptEnabled: false })).newPage()
    const answer = await reader.goto(`${server.origin}/standard?lang=${lang}`)
    const bytes = (await answer.body()).length
    t.diagnostic(`${name}: ${bytes} bytes`)
    assert.ok(bytes < PAGE_BYTES_MAX, `${bytes} bytes`)
    await shot(reader, name)
    await reader.getByRole('link', { name: /^9\.2 b / }).click()
    assert.ok(await reader.getByRole('heading', { name: /^9\.2 b / }).isVisible())
    await shot(reader, `${name}-entry`)
    await reader.context().close()
    const scripted = await browser.newPage({ viewport, bypassCSP: true })
    await scripted.goto(`${server.origin}/standard?lang=${lang}`)
    assert.equal(await scripted.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), 0, name)
    assert.deepEqual(await findings(scripted), [], name)
    await scripted.close()
  }
})

test('a second phone that waits and is refused, and the desk that answers', async () => {
  const wrong = []
  const second = await newPhone(server.origin)
  try {
    const view = await second.switchOn()
    await signInOnPhone(view)
    await view.getByText(/本机等待批准/).waitFor()
    wrong.push(...(await lookAt({ 'home-waiting': '/', 'me-waiting': '/me' }, view)))
    const desk = await enter('dispatch1')
    await desk.goto(`${server.origin}/console/devices`)
    await desk.getByRole('button', { name: '批准', exact: true }).click()
    await desk.getByLabel('使用人读出的核对号（8 位）').fill('00000000')
    await desk.getByText(/与这部手机不一致/).waitFor()
    wrong.push(...(await lookWide(desk, 'approve')))
    await desk.getByRole('button', { name: '取消' }).click()
    await desk.getByRole('button', { name: '拒绝', exact: true }).click()
    await desk.getByLabel('原因').fill('没有人来电话')
    wrong.push(...(await lookWide(desk, 'refuse')))
    await desk.getByRole('dialog').getByRole('button', { name: '拒绝' }).click()
    await desk.locator('summary', { hasText: '最近 30 天的其他申请（1）' }).click()
    await desk.getByText(/已拒绝：没有人来电话/).waitFor()
    wrong.push(...(await lookWide(desk, 'devices')))
    await view.getByText(/拒绝了这部手机/).waitFor({ timeout: 30_000 })
    wrong.push(...(await lookAt({ 'home-refused': '/', 'me-refused': '/me' }, view)))
  } finally {
    await second.throwAway()
  }
  assert.deepEqual(wrong, [])
})

test('the page behind the label: small, without script, as wide as a phone, and a report gets through', async (t) => {
  const context = await browser.newContext({ viewport: PHONE, javaScriptEnabled: false, locale: 'zh-CN' })
  const visitor = await context.newPage()
  let bytes = 0
  visitor.on('response', async (response) => (bytes += (await response.body().catch(() => Buffer.alloc(0))).length))
  const kit = await (await signIn(server.origin, 'tech1')).get('/kit')
  const terminal = kit.terminals.find((one) => one.id !== order.terminal.id && one.id !== fresh.terminal.id)
  await visitor.goto(`${server.origin}/t/${terminal.id}`, { waitUntil: 'networkidle' })
  t.diagnostic(`the page of a terminal: ${bytes} bytes`)
  assert.ok(bytes > 0 && bytes < PAGE_BYTES_MAX, `${bytes} bytes`)
  await shot(visitor, 'public')
  const width = await visitor.locator('body').evaluate((body) => body.scrollWidth).catch(() => 390)
  assert.ok(width <= 390, `${width} px wide`)
  await visitor.locator('input[type=radio]').first().check({ force: true })
  await visitor.locator('textarea').first().fill('屏幕没有反应')
  await visitor.locator('form button[type=submit], form button').first().click()
  await visitor.waitForLoadState()
  await shot(visitor, 'public-thanks')
  assert.match(await visitor.locator('body').innerText(), /谢谢|已收到|已登记/)
  const scripted = await browser.newPage({ viewport: PHONE, bypassCSP: true })
  await scripted.goto(`${server.origin}/t/${terminal.id}`)
  assert.deepEqual(await findings(scripted), [])
})
