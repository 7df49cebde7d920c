// A desk sets up a webhook: its secret is shown once, a test arrives signed, what a broken receiver did not take is
// shown with the reason and sent again. Nobody else sees it.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import http from 'node:http'
import { after, before, test } from 'node:test'

import { chromium } from 'playwright-core'

import { newWorkOrder, signIn } from '../support/api.mjs'
import { PASSWORD, startServer } from '../support/server.mjs'

const errors = []
/** What the receiver heard, and what it answers. */
const heard = []
let status = 200
let server, browser, receiver, page, secret

before(async () => {
  receiver = http.createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      heard.push({ headers: request.headers, body })
      response.writeHead(status).end()
    })
  })
  await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  server = await startServer({ options: ['--allow-private-webhooks'] })
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' })
})
after(async () => {
  await browser?.close()
  await server?.stop()
  receiver?.close()
})

async function enter(login) {
  const wide = await (await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' })).newPage()
  wide.on('pageerror', (error) => errors.push(error.message))
  await wide.goto(`${server.origin}/console`)
  await wide.getByLabel('账号').fill(login)
  await wide.getByLabel('密码', { exact: true }).fill(PASSWORD)
  await wide.getByRole('button', { name: '登录', exact: true }).click()
  const more = wide.getByText('更多', { exact: true })
  const door = wide.getByRole('link', { name: '通知', exact: true })
  await more.or(door).first().waitFor()
  if (await more.isVisible()) await more.click()
  await door.click()
  return wide
}

const isSigned = ({ headers, body }) => {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  return headers['webhook-signature'].split(' ').includes(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`)
}

/** Refreshes the deliveries until this text stands there. After a failure a channel rests for ten seconds. */
async function until(words) {
  const found = page.getByRole('table', { name: '投递记录' }).getByText(words).first()
  for (let tries = 0; tries < 80 && !(await found.isVisible()); tries++) {
    await page.getByRole('button', { name: '刷新' }).click()
    await page.waitForTimeout(250)
  }
  await found.waitFor({ timeout: 5_000 })
}

test('a webhook is added, and its secret is shown once', async () => {
  page = await enter('dispatch1')
  await page.getByRole('button', { name: '新增渠道' }).click()
  const form = page.getByRole('form', { name: '新增渠道' })
  await form.getByLabel('类型').selectOption('webhook')
  await form.getByRole('button', { name: '保存' }).click()
  await page.getByText('请填全名称').waitFor()
  await form.getByLabel('名称').fill('市运维平台')
  await form.getByLabel('接口网址').fill('example.cn')
  await form.getByRole('button', { name: '保存' }).click()
  await page.getByText(/网址不正确/).waitFor()
  await form.getByLabel('接口网址').fill(`http://127.0.0.1:${receiver.address().port}/hook?token=t0ken`)
  // Limits of the demonstration pass while this runs.
  for (const topic of ['超时', '升级到上级', '报备答复']) await form.getByLabel(topic).uncheck()
  await form.getByLabel('派单').check()
  await form.getByRole('button', { name: '保存' }).click()
  await page.getByText('✓ 已新增“市运维平台”').waitFor()
  secret = await page.getByText(/^whsec_/).textContent()
  await page.getByRole('button', { name: '我已抄下' }).click()
  await page.reload()
  await page.getByRole('article', { name: '市运维平台' }).waitFor()
  const text = await page.locator('body').innerText()
  assert.ok(!text.includes('whsec_') && !text.includes('t0ken'))
})

test('a test message arrives, signed with the secret', async () => {
  await page.getByRole('button', { name: '发送测试' }).click()
  await page.getByText(/测试消息已交给“市运维平台”/).waitFor()
  await until('已送达')
  assert.equal(heard.length, 1)
  assert.ok(isSigned(heard[0]))
  assert.equal(JSON.parse(heard[0].body).type, 'test')
})

test('what did not arrive is shown with its reason, and sent again by hand', async () => {
  status = 500
  const { id } = await newWorkOrder(server.origin)
  await until('未送达，将重试')
  await page.getByText('接收方出错，请联系其维护人员。 (HTTP 500)').waitFor()
  await page.getByRole('link', { name: new RegExp(`新派工单 · ${id}`) }).waitFor()
  status = 200
  await page.getByRole('button', { name: '重发' }).click()
  await page.getByText('✓ 已重新发送').waitFor()
  await until('送达，共 2 次')
  await page.getByRole('button', { name: '未送达', exact: true }).click()
  await page.getByText('没有未送达的通知').waitFor()
  const [, failed, again] = heard
  assert.equal(failed.headers['webhook-id'], again.headers['webhook-id'])
  assert.ok(isSigned(again))
  assert.equal(JSON.parse(again.body).data.work_order, id)
})

test('it is switched off, and another provider has never seen it', async () => {
  const card = page.getByRole('article', { name: '市运维平台' })
  await card.getByRole('button', { name: '停用' }).click()
  await card.getByText('已停用').waitFor()
  const before = heard.length
  await newWorkOrder(server.origin, { place: 1 })
  const other = await signIn(server.origin, 'dispatch2')
  assert.deepEqual(await other.get('/channels'), [])
  assert.deepEqual((await other.get('/deliveries')).items, [])
  assert.equal(heard.length, before)
  await page.context().close()
})

test('no page threw anything', () => assert.deepEqual(errors, []))
