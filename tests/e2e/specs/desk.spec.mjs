// The desk's side in the browser: a fault filed at the console comes to the phone by itself, and goes to another one.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { chromium } from 'playwright-core'

import { signIn } from '../support/api.mjs'
import { newPhone, signInOnPhone } from '../support/phone.mjs'
import { PASSWORD, startServer } from '../support/server.mjs'

let server, phone, page, browser, desk, terminal, id
const errors = []

async function enter(login) {
  const wide = await (await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' })).newPage()
  wide.on('pageerror', (error) => errors.push(error.message))
  await wide.goto(`${server.origin}/console`)
  await wide.getByLabel('账号').fill(login)
  await wide.getByLabel('密码', { exact: true }).fill(PASSWORD)
  await wide.getByRole('button', { name: '登录', exact: true }).click()
  return wide
}

before(async () => {
  server = await startServer()
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' })
  const api = await signIn(server.origin, 'tech1')
  const taken = new Set((await api.get('/sync/changes')).changes.map((change) => change.work_order.terminal))
  terminal = (await api.get('/kit')).terminals.find((one) => !taken.has(one.id))
  phone = await newPhone(server.origin)
  page = await phone.switchOn()
  await signInOnPhone(page)
  desk = await enter('dispatch1')
})
after(async () => {
  await browser?.close()
  await phone?.throwAway()
  await server?.stop()
})

test('an incomplete report is not sent, and says what is missing', async () => {
  await desk.getByRole('link', { name: '新建报障' }).first().click()
  await desk.getByRole('button', { name: '登记并生成工单' }).click()
  for (const words of ['请从查到的终端里选一台', '请选择故障', '请写明现象，至少 4 个字']) await desk.getByText(words).waitFor()
})

test('a report with six digits and a technician becomes a work order, here and on the phone', async () => {
  await desk.getByRole('combobox', { name: '终端' }).fill(terminal.id.slice(-6))
  await desk.getByRole('option', { name: terminal.id }).click()
  await desk.getByRole('radio', { name: /APP-4/ }).check()
  await desk.getByText(/一般故障：60 分钟内响应/).waitFor()
  await desk.getByLabel('故障现象').fill('点“社保查询”后跳到别的页面')
  await desk.getByLabel('派给').selectOption('P-0001')
  await desk.getByRole('button', { name: '登记并生成工单' }).click()
  await desk.getByRole('heading', { name: '时限' }).waitFor()
  id = new URL(desk.url()).pathname.split('/').at(-1)
  await page.getByText(terminal.id).first().waitFor({ timeout: 20_000 })
  await page.goto(`${server.origin}/work-orders/${id}`)
  await page.getByText('点“社保查询”后跳到别的页面').waitFor()
})

test('given to another, it says so on the first phone and keeps what was recorded there', async () => {
  await page.getByRole('button', { name: '接单', exact: true }).click()
  await page.getByText('已接单，已保存在本机').waitFor()
  await desk.getByLabel('派给').selectOption('P-0002')
  await desk.getByRole('button', { name: '确认派单' }).click()
  await desk.getByText('请写明原因，至少 2 个字').waitFor()
  await desk.getByLabel('原因').fill('李强在另一处抢修')
  await desk.getByRole('button', { name: '确认派单' }).click()
  await desk.getByText('已派给 王海涛').waitFor()
  await page.getByText(/已改派/).first().waitFor({ timeout: 20_000 })
  const seen = await (await signIn(server.origin, 'tech2')).get('/sync/changes')
  const moved = seen.changes.find((change) => change.work_order.id === id).work_order
  assert.equal(moved.responses.length, 1)
})

test('labels open in a tab of their own', async () => {
  const manager = await enter('manager1')
  await manager.getByText('更多', { exact: true }).click()
  const [tab] = await Promise.all([manager.context().waitForEvent('page'), manager.getByRole('button', { name: /标签/ }).click()])
  await tab.locator('.label svg').first().waitFor()
  assert.ok(!tab.url().includes('token'), tab.url())
})

test('no page threw anything', () => assert.deepEqual([...phone.errors, ...errors], []))
