// An authority erases what is personal about a finished work order; the verdict and its proof stay.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { chromium } from 'playwright-core'

import { signIn } from '../support/api.mjs'
import { PASSWORD, startServer } from '../support/server.mjs'

let server, browser, page, order
const errors = []
const shot = (name) => (process.env.E2E_SHOTS ? page.screenshot({ path: `${process.env.E2E_SHOTS}/${name}.png`, fullPage: true }) : undefined)

before(async () => {
  server = await startServer()
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' })
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  page.on('pageerror', (error) => errors.push(String(error)))
  const city = await signIn(server.origin, 'city')
  const { items } = await city.get('/work-orders?state=all')
  const isWhole = ({ work_order: order, judgement }) => judgement.stage.name === 'evaluated' && order.visits.some((visit) => visit.check_in.fixes.length > 0)
  order = items.find(isWhole).work_order.id
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

async function open(login) {
  await page.goto(`${server.origin}/console`)
  await page.getByLabel('账号').fill(login)
  await page.getByLabel('密码', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: '登录', exact: true }).click()
  await page.getByText(/未结/).first().waitFor()
  await page.goto(`${server.origin}/console/work-orders/${order}/evidence`)
  await page.getByRole('heading', { name: '个人信息' }).waitFor()
}

test('a hold keeps it until it is released; both are remembered with who and why', async () => {
  await open('city')
  await page.getByText(/定位和笔迹保存到 20\d\d-\d\d-\d\d 00:00/).waitFor()
  await page.getByRole('button', { name: '保全…', exact: true }).click()
  await page.getByLabel('原因').fill('行政诉讼')
  await shot('hold-asked')
  await page.getByRole('button', { name: '保全', exact: true }).click()
  await page.getByText(/傅明远 保全：行政诉讼/).waitFor()
  await page.getByText('已保全，解除后才能删除。').waitFor()
  assert.equal(await page.getByRole('button', { name: '删除个人信息…' }).count(), 0)
  await shot('hold-on')
  await page.getByRole('button', { name: '解除保全…' }).click()
  await page.getByLabel('原因').fill('已结案')
  await page.getByRole('button', { name: '解除保全', exact: true }).click()
  await page.getByText(/傅明远 解除保全：已结案/).waitFor()
  await page.evaluate(() => (sessionStorage.clear(), localStorage.clear()))
})

test('the city authority erases it, with a reason, and every verdict stays', async () => {
  const city = await signIn(server.origin, 'city')
  const before = (await city.get(`/work-orders/${order}`)).judgement
  await open('city')
  await page.getByRole('button', { name: '删除个人信息…' }).click()
  await page.getByText('删除后任何人都不能恢复').waitFor()
  await shot('erasure-asked')
  await page.getByRole('button', { name: '永久删除' }).click()
  await page.getByText('请写明原因，至少 2 个字').waitFor()
  await page.getByLabel('原因').fill('保存期满')
  await page.getByRole('button', { name: '永久删除' }).click()
  await page.getByText(/傅明远 删除 \d 项：保存期满/).waitFor()
  await page.getByText('已全部删除。').waitFor()
  await page.getByText('定位已依法删除').first().waitFor()
  await page.getByText('笔迹已按个人信息保护规则清除').first().waitFor()
  await shot('erasure-done')
  const after = await city.get(`/work-orders/${order}`)
  assert.deepEqual(after.judgement.presence, before.presence)
  assert.deepEqual(after.judgement.arrival, before.arrival)
  assert.ok(after.work_order.visits.every((visit) => visit.check_in.fixes.length === 0))
  assert.deepEqual(errors, [])
})

test('an auditor reads what was erased, by whom and why, and cannot erase', async () => {
  await page.evaluate(() => sessionStorage.clear())
  await page.context().clearCookies()
  await page.evaluate(() => localStorage.clear())
  await open('auditor')
  await page.getByText(/傅明远 删除 \d 项：保存期满/).waitFor()
  assert.equal(await page.getByRole('button', { name: '删除个人信息…' }).count(), 0)
})
