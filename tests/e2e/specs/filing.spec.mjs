// A technician who will be late tells the authority, without network; the authority answers at its desk.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { chromium } from 'playwright-core'

import { authorityOf, newWorkOrder, signIn } from '../support/api.mjs'
import { at, inHistory, openOrder, respond, wakeUp } from '../support/field.mjs'
import { settled } from '../support/oracle.mjs'
import { newPhone, signInOnPhone } from '../support/phone.mjs'
import { PASSWORD, startServer } from '../support/server.mjs'

const TECHNICIAN = 'P-0001'
const errors = []
let server, phone, page, order, browser, clocks

const found = async () => (await signIn(server.origin, 'city')).get(`/work-orders/${order.id}`)

/** Of each clock what counts; what witnesses know of its moments grows by itself. */
const verdicts = ({ clocks }) => clocks.map(({ kind, due_at, ended, verdict }) => ({ kind, due_at, verdict, ended: ended !== null }))

async function enter(login) {
  const wide = await (await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' })).newPage()
  wide.on('pageerror', (error) => errors.push(error.message))
  await wide.goto(`${server.origin}/console`)
  await wide.getByLabel('账号').fill(login)
  await wide.getByLabel('密码', { exact: true }).fill(PASSWORD)
  await wide.getByRole('button', { name: '登录', exact: true }).click()
  await wide.getByRole('link', { name: order.id, exact: true }).click()
  await wide.getByRole('heading', { name: '经过' }).waitFor()
  return wide
}

before(async () => {
  server = await startServer()
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' })
  order = await newWorkOrder(server.origin)
  phone = await newPhone(server.origin)
  page = await phone.switchOn({ position: at(order.terminal) })
  await signInOnPhone(page)
  await openOrder(page, order.id)
  await respond(page)
  await settled(page, TECHNICIAN)
  clocks = verdicts((await found()).judgement)
})
after(async () => {
  await browser?.close()
  await phone?.throwAway()
  await server?.stop()
})

test('without network it is filled in with a few taps, and what is missing is named', async () => {
  server.network.down()
  await page.getByRole('button', { name: '赶不到？向主管单位报备' }).click()
  await page.getByRole('button', { name: '提交报备' }).click()
  for (const words of ['请选择情况', '请写明具体说明', '请选择晚于现在、30 天以内的时间']) await page.getByText(words).waitFor()
  await page.getByRole('radio', { name: '网点未开放' }).check({ force: true })
  assert.match(await page.getByLabel('具体说明').inputValue(), /网点开放时间为 .+，现在无法进入。/)
})

test('what was filled in survives the app being killed', async () => {
  await page.getByLabel('具体说明').fill('大厅临时闭馆，保安不放行')
  await page.getByRole('radio', { name: '2 小时后' }).check({ force: true })
  await phone.kill()
  page = await phone.switchOn({ position: at(order.terminal), path: `/work-orders/${order.id}` })
  await page.getByRole('button', { name: '赶不到？向主管单位报备' }).click()
  assert.equal(await page.getByLabel('具体说明').inputValue(), '大厅临时闭馆，保安不放行')
  await page.getByRole('button', { name: '提交报备' }).click()
  await page.getByText('报备已保存在本机，联网后送达主管单位').waitFor()
  await page.getByText('待主管单位答复').waitFor()
})

test('with the network it reaches the authority, in time, and the clocks stay', async () => {
  server.network.up()
  await wakeUp(page)
  await settled(page, TECHNICIAN)
  const { judgement } = await found()
  assert.deepEqual(
    judgement.filings.map((filing) => [filing.reason, filing.in_time, filing.accepted]),
    [['site_closed', 'met', null]],
  )
  assert.deepEqual(verdicts(judgement), clocks)
})

test('the provider’s desk files again, and only the authority answers', async () => {
  const desk = await enter('dispatch1')
  await desk.getByText('大厅临时闭馆，保安不放行').first().waitFor()
  await desk.getByRole('button', { name: '代技术员报备' }).click()
  await desk.getByRole('radio', { name: '恶劣天气' }).check({ force: true })
  await desk.getByLabel('具体说明').fill('暴雨红色预警')
  await desk.getByRole('radio', { name: '4 小时后' }).check({ force: true })
  await desk.getByRole('button', { name: '提交报备' }).click()
  await desk.getByText('✓ 已报备').waitFor()
  assert.equal(await desk.getByRole('button', { name: '认可', exact: true }).count(), 0)
})

test('the authority accepts one, refuses the other with a reason, and the phone shows both', async () => {
  const { person } = await authorityOf(server.origin, order.site)
  const login = `authority-${order.site.district.toLowerCase()}`
  assert.equal(person.role, 'district_authority')
  const wide = await enter(login)
  await wide.getByRole('button', { name: '认可', exact: true }).first().click()
  await wide.getByText('✓ 已答复').waitFor()
  await wide.getByText('主管单位已认可').first().waitFor()
  await wide.getByRole('button', { name: '不予认可', exact: true }).click()
  await wide.getByText('不予认可时请写明理由').waitFor()
  await wide.getByLabel('答复说明').fill('气象台当时未发布红色预警')
  await wide.getByRole('button', { name: '不予认可', exact: true }).click()
  await wide.getByText('主管单位不予认可').first().waitFor()
  await wakeUp(page)
  await page.getByText('气象台当时未发布红色预警').waitFor({ timeout: 20_000 })
  await page.getByText('主管单位已认可').first().waitFor()
  await inHistory(page, '主管单位不予认可')
  const { filings } = (await found()).judgement
  assert.deepEqual(filings.map((filing) => filing.accepted), [true, false])
})

test('no page threw anything', () => assert.deepEqual([...phone.errors, ...errors], []))
