// Somebody before a terminal whose fault is known: the page says how far it is, joining is one tap without script, and the
// slip that comes of it shows the status to whoever types its twelve characters.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { chromium } from 'playwright-core'

import { signIn } from '../support/api.mjs'
import { startServer } from '../support/server.mjs'

let server, browser, desk, order, page, code

before(async () => {
  server = await startServer()
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' })
  desk = await signIn(server.origin, 'dispatch1')
  const { items } = await desk.get('/work-orders?state=open')
  order = items.find((row) => ['assigned', 'responded', 'reported'].includes(row.judgement.stage.name)).work_order
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'zh-CN', javaScriptEnabled: false })
  page = await context.newPage()
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

test('the page says that it is known and offers to join, and joining gives a slip', async () => {
  const before = (await desk.get(`/work-orders/${order.id}`)).work_order.joins?.length ?? 0
  await page.goto(`${server.origin}/t/${order.terminal}`)
  await page.getByText('已报修，处理中').first().waitFor()
  await page.getByRole('button', { name: '我也遇到了同样的问题' }).first().click()
  await page.getByText('已附议，谢谢').waitFor()
  code = (await page.locator('.digits').innerText()).trim()
  assert.match(code, /^[0-9A-Z]{4} [0-9A-Z]{4} [0-9A-Z]{4}$/)
  const joined = (await desk.get(`/work-orders/${order.id}`)).work_order.joins ?? []
  assert.equal(joined.length, before + 1)
})

test('the slip is found by typing it, and a slip of the hand is named', async () => {
  await page.goto(`${server.origin}/s`)
  const wrong = (code[0] === '0' ? '1' : '0') + code.slice(1)
  await page.getByLabel('12 位回执码').fill(wrong)
  await page.getByRole('button', { name: '查询' }).click()
  await page.getByText('校验位不符').waitFor()
  await page.getByLabel('12 位回执码').fill(code.toLowerCase())
  await page.getByRole('button', { name: '查询' }).click()
  await page.getByRole('heading', { name: '报障回执' }).waitFor()
  await page.getByText('附议时间').waitFor()
  await page.getByText('应响应').waitFor()
  const text = await page.locator('body').innerText()
  for (const name of ['tech', 'P-0']) assert.ok(!text.includes(name), name)
  await page.getByRole('link', { name: 'English' }).click()
  await page.getByRole('heading', { name: 'Slip of a report' }).waitFor()
})

test('it fits a phone', async () => {
  for (const address of [`/t/${order.terminal}`, `/s/${code.replaceAll(' ', '')}`, '/s']) {
    await page.goto(server.origin + address)
    const { inner, scroll } = await page.locator('html').evaluate((html) => ({ inner: window.innerWidth, scroll: html.scrollWidth }))
    assert.ok(scroll <= inner, `${address}: ${scroll} > ${inner}`)
  }
})
