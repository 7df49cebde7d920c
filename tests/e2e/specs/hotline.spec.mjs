// The hotline answers the telephone: what is open at the terminal is offered first, a report, a joining and a complaint
// each give a slip to read back, a response is written down with both names, and what other systems sent is settled.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { chromium } from 'playwright-core'

import { signIn } from '../support/api.mjs'
import { PASSWORD, startServer } from '../support/server.mjs'

let server, browser, wide, city, order, logins
const errors = []

async function enter(login) {
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' })).newPage()
  page.on('pageerror', (error) => errors.push(error.message))
  await page.goto(`${server.origin}/console`)
  await page.getByLabel('账号').fill(login)
  await page.getByLabel('密码', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: '登录', exact: true }).click()
  await page.locator('header.bar').waitFor()
  return page
}

async function choose(page, terminal) {
  await page.getByRole('combobox', { name: '终端' }).fill(terminal.slice(-6))
  await page.getByRole('option', { name: terminal }).click()
}

const slipOn = async (page) => (await page.getByTestId('slip').innerText()).trim()

before(async () => {
  server = await startServer()
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' })
  logins = { hotline: 'hotline', admin: 'admin' }
  city = await signIn(server.origin, 'city')
  const { items } = await city.get('/work-orders?state=open')
  order = items.find((row) => row.judgement.stage.name === 'assigned').work_order
  wide = await enter(logins.hotline)
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

test('what is open at the terminal is offered to be joined, and the slip is read back', async () => {
  await wide.goto(`${server.origin}/console/report`)
  await choose(wide, order.terminal)
  await wide.getByText('这台终端已有未办结的工单').waitFor()
  await wide.getByLabel('故障现象').fill('来电人说也用不了')
  await wide.getByRole('button', { name: '附议：同一故障' }).first().click()
  await wide.getByRole('heading', { name: '时限' }).waitFor()
  assert.match(await slipOn(wide), /^[0-9A-Z]{4} [0-9A-Z]{4} [0-9A-Z]{4}$/)
  await wide.getByText('来电人说也用不了').waitFor()
  const { work_order } = await city.get(`/work-orders/${order.id}`)
  assert.equal(work_order.joins.at(-1).channel, 'hotline')
})

test('a response told by telephone is written down with both names', async () => {
  const form = wide.getByRole('combobox', { name: '响应人（电话告知时填写）' })
  await form.waitFor()
  assert.ok(await wide.getByRole('button', { name: '致电报障人' }).isDisabled())
  await form.selectOption({ index: 1 })
  await wide.getByRole('button', { name: '致电报障人' }).click()
  await form.waitFor({ state: 'detached' })
  // The form has these words too, as long as it is there.
  await wide.getByText(/电话告知/).first().waitFor()
  const { work_order } = await city.get(`/work-orders/${order.id}`)
  const [response] = work_order.responses
  assert.ok(response.person && response.person !== response.by)
})

test('a complaint is written down for a caller and answered, and its slip shows the answer', async () => {
  await wide.goto(`${server.origin}/console/report`)
  await wide.getByRole('button', { name: '投诉', exact: true }).click()
  await choose(wide, order.terminal)
  await wide.getByLabel('投诉针对此工单').first().check()
  await wide.getByLabel('投诉内容').fill('等了半天没有人来')
  await wide.getByRole('button', { name: '登记投诉' }).click()
  const code = await slipOn(wide)
  await wide.getByRole('link', { name: '查看投诉' }).click()
  await wide.getByText('等了半天没有人来').waitFor()
  const boss = await enter('city')
  await boss.goto(`${server.origin}/console/complaints`)
  const card = boss.getByRole('article').filter({ hasText: '等了半天没有人来' })
  await card.getByText(/已等待/).waitFor()
  await card.getByLabel(/答复/).fill('已督促运维单位，今日到场。')
  await card.getByRole('button', { name: '提交答复' }).click()
  await boss.getByText(/已答复 TS-/).waitFor()
  const slip = await (await browser.newContext({ javaScriptEnabled: false, locale: 'zh-CN' })).newPage()
  await slip.goto(`${server.origin}/s/${code.replaceAll(' ', '')}`)
  await slip.getByText('已督促运维单位，今日到场。').waitFor()
})

test('an administrator gives monitoring an account, and what it sends wrongly is settled by hand', async () => {
  const admin = await enter(logins.admin)
  await admin.goto(`${server.origin}/console/integrations`)
  await admin.getByLabel('系统名称').fill('演练监控')
  await admin.getByLabel('福田区').check()
  await admin.getByRole('button', { name: '生成账号' }).click()
  const token = (await admin.getByTestId('integration-token').innerText()).trim()
  const labels = { alertname: 'TerminalDown', terminal: 'SZ-FT-000000' }
  const alert = { status: 'firing', labels, annotations: { summary: '演练心跳丢失' }, startsAt: new Date().toISOString(), endsAt: '0001-01-01T00:00:00Z', fingerprint: 'e2e1' }
  const answer = await fetch(`${server.origin}/api/v1/integrations/alarms`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ version: '4', receiver: 'daochang', status: 'firing', alerts: [alert] }),
  })
  assert.equal((await answer.json()).alerts[0].outcome, 'held')
  await wide.goto(`${server.origin}/console/integrations`)
  const card = wide.getByRole('article').filter({ hasText: '演练监控' })
  await card.getByLabel('终端编号').fill(order.terminal)
  await card.getByRole('button', { name: '代为报修' }).click()
  await wide.getByText(/已生成工单 WO-/).waitFor()
})

test('no screen of this broke', () => assert.deepEqual(errors, []))
