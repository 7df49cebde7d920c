// A second phone of the same technician waits for somebody in charge: through restarts and without network, until
// the desk types the number that was read out; a third one is refused, and says why.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { chromium } from 'playwright-core'

import { newWorkOrder, signIn } from '../support/api.mjs'
import { at, inHistory, note, openOrder, respond } from '../support/field.mjs'
import { assertOneChain, settled } from '../support/oracle.mjs'
import { newPhone, outbox, signInOnPhone } from '../support/phone.mjs'
import { PASSWORD, startServer } from '../support/server.mjs'

const TECHNICIAN = 'P-0001'
const WAITING = /本机等待批准，还不能记录/
let server, browser, order, desk, number
const phones = []
const errors = []

/** Another phone of the technician, switched on and signed in. */
async function phoneOf(technician) {
  const phone = await newPhone(server.origin)
  phones.push(phone)
  await phone.switchOn({ position: at(order.terminal) })
  await signInOnPhone(phone.page, technician)
  return phone
}

async function enter(login) {
  const wide = await (await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' })).newPage()
  wide.on('pageerror', (error) => errors.push(error.message))
  // The desk has network whatever the phones have.
  await wide.goto(`${server.direct}/console`)
  await wide.getByLabel('账号').fill(login)
  await wide.getByLabel('密码', { exact: true }).fill(PASSWORD)
  await wide.getByRole('button', { name: '登录', exact: true }).click()
  await wide.getByRole('link', { name: '手机', exact: true }).click()
  await wide.getByRole('heading', { name: '等待批准的手机' }).waitFor()
  return wide
}

/** What the phone's own page shows to be read out. */
async function numberOn(page) {
  await page.goto(`${server.origin}/me`)
  const shown = page.locator('.digits')
  await shown.waitFor()
  return (await shown.innerText()).replace(/\s/g, '')
}

const me = async (page, words) => {
  await page.goto(`${server.origin}/me`)
  await page.getByText(words, { exact: true }).waitFor({ timeout: 30_000 })
}

before(async () => {
  server = await startServer()
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' })
  order = await newWorkOrder(server.origin)
})
after(async () => {
  await browser?.close()
  for (const phone of phones) await phone.throwAway()
  await server?.stop()
})

test('the first phone needs nobody', async () => {
  const first = await phoneOf('tech1')
  await me(first.page, '已登记')
  await openOrder(first.page, order.id)
  await respond(first.page)
  await note(first.page, '旧手机的备注')
  await settled(first.page, TECHNICIAN)
})

test('the second one shows a number and whom to call, and says why it cannot record', async () => {
  const { page } = await phoneOf('tech1')
  await page.getByText(WAITING).waitFor()
  number = await numberOn(page)
  assert.match(number, /^\d{8}$/)
  await page.getByText('本人名下已有在用的手机').waitFor()
  await page.getByText('自己不能批准自己的手机').waitFor()
  const dispatcher = (await signIn(server.direct, 'dispatch1')).person
  const link = page.getByRole('link', { name: new RegExp(dispatcher.name) })
  assert.equal(await link.getAttribute('href'), `tel:${dispatcher.phone}`)
  // The work order is there; a record is not made, and the reason names the number.
  await openOrder(page, order.id)
  await page.getByRole('button', { name: '写备注', exact: true }).click()
  await page.getByLabel('备注内容').fill('还没有批准')
  await page.getByRole('button', { name: '保存备注', exact: true }).click()
  await page.getByText(/批准之后才能记录/).first().waitFor()
  assert.deepEqual((await outbox(page, TECHNICIAN)).events, [])
})

test('it keeps key and number without network, through a restart and a sign-out', async () => {
  const [, second] = phones
  server.network.down()
  await second.kill()
  let page = await second.switchOn({ position: at(order.terminal) })
  await page.getByText(WAITING).waitFor({ timeout: 30_000 })
  assert.equal(await numberOn(page), number)
  server.network.up()
  await second.switchOff()
  page = await second.switchOn({ position: at(order.terminal), path: '/me' })
  await page.locator('.digits').waitFor()
  await page.getByRole('button', { name: '退出登录' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '退出登录' }).click()
  await signInOnPhone(page)
  assert.equal(await numberOn(page), number)
})

test('its own technician cannot approve it', async () => {
  const own = await signIn(server.direct, 'tech1')
  const [request] = await own.get('/enrolments')
  await assert.rejects(own.post(`/enrolments/${request.dev}/approval`, { check_number: number }), (error) => error.status === 422)
})

test('the desk approves it with the number that was read out and no other', async () => {
  const [, second] = phones
  await second.page.goto(`${server.origin}/me`)
  await second.page.locator('.digits').waitFor()
  server.network.down()
  desk = await enter('dispatch1')
  await desk.getByText('本人名下已有在用的手机').waitFor()
  assert.equal((await desk.locator('body').innerText()).includes(number), false, 'the number is heard, not read')
  await desk.getByRole('button', { name: '批准', exact: true }).click()
  const field = desk.getByLabel('使用人读出的核对号（8 位）')
  await field.fill('1234')
  await desk.getByRole('dialog').getByRole('button', { name: '批准' }).click()
  await desk.getByText('请输入 8 位数字').waitFor()
  await field.fill(String((Number(number) + 1) % 100_000_000).padStart(8, '0'))
  await desk.getByText(/与这部手机不一致/).waitFor()
  await desk.getByRole('dialog').getByRole('button', { name: '批准' }).click()
  await field.fill(`${number.slice(0, 4)} ${number.slice(4)}`)
  await desk.getByText('与这部手机一致').waitFor()
  await desk.getByRole('dialog').getByRole('button', { name: '批准' }).click()
  await desk.getByText(/^✓ 已批准/).waitFor()
  await desk.getByText('没有等待批准的手机').waitFor()
  // The phone has no network and does not know yet.
  assert.equal((await second.page.locator('.digits').innerText()).replace(/\s/g, ''), number)
  server.network.up()
  await second.page.getByText('已登记', { exact: true }).waitFor({ timeout: 40_000 })
})

test('both phones work, and the console says who approved the second', async () => {
  const [first, second] = phones
  await openOrder(second.page, order.id)
  await note(second.page, '新手机的备注')
  await inHistory(second.page, '新手机的备注')
  assertOneChain((await settled(second.page, TECHNICIAN)).events)
  await openOrder(first.page, order.id)
  await note(first.page, '旧手机还能用')
  await settled(first.page, TECHNICIAN)
  const city = await signIn(server.direct, 'city')
  const evidence = await city.get(`/work-orders/${order.id}/evidence`)
  const { name } = (await signIn(server.direct, 'dispatch1')).person
  assert.deepEqual(evidence.work_order.notes.map((one) => one.text), ['旧手机的备注', '新手机的备注', '旧手机还能用'])
  const dev = evidence.work_order.notes[1].at.dev
  assert.equal(evidence.devices.find((device) => device.dev === dev).approved_by_name, name)
  await desk.reload()
  await desk.getByRole('row').filter({ hasText: dev.slice(0, 6) }).filter({ hasText: '在用' }).getByText(name).waitFor()
})

test('a third one is refused with a reason, says so, and asks again with another key', async () => {
  const third = await phoneOf('tech1')
  const { page } = third
  const old = await numberOn(page)
  await desk.reload()
  await desk.getByRole('button', { name: '拒绝', exact: true }).click()
  await desk.getByLabel('原因').fill('没有人来电话')
  await desk.getByRole('dialog').getByRole('button', { name: '拒绝' }).click()
  await desk.getByText(/^✓ 已拒绝/).waitFor()
  await page.getByText(/拒绝了这部手机：没有人来电话/).waitFor({ timeout: 30_000 })
  await page.goto(server.origin)
  await page.getByText('本机登记未获批准，不能记录；点此查看原因').click()
  await page.getByText('请先与本单位调度员或负责人说明').waitFor()
  await page.getByRole('button', { name: '重新申请' }).click()
  await page.locator('.digits').waitFor()
  assert.notEqual(await numberOn(page), old)
  // This time the manager approves, and closes the phone it replaces.
  const manager = await signIn(server.direct, 'manager1')
  const again = (await manager.get('/enrolments')).find((request) => request.standing === 'waiting')
  await manager.post(`/enrolments/${again.dev}/approval`, { check_number: await numberOn(page) })
  await me(page, '已登记')
  const [first] = phones
  const dev = (await manager.get('/devices')).find((device) => device.revoked_at === null && device.approved_by_name === null && device.person === TECHNICIAN).dev
  await manager.post(`/devices/${dev}/revocation`, { reason: '已更换', effective_at: null })
  await first.page.goto(server.origin)
  await first.page.getByText('登录已过期，记录仍保存在本机；点此重新登录').waitFor({ timeout: 30_000 })
})

test('no page threw anything', () => {
  assert.deepEqual(errors, [])
  for (const phone of phones) assert.deepEqual(phone.errors, [])
})
