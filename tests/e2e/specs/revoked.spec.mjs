// The desk revokes a phone that was thought lost: its technician is told, loses nothing, and goes on with a new key.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { newWorkOrder, signIn } from '../support/api.mjs'
import { at, inHistory, note, openOrder, respond, setOut } from '../support/field.mjs'
import { assertOneChain, settled } from '../support/oracle.mjs'
import { newPhone, outbox, signInOnPhone } from '../support/phone.mjs'
import { PASSWORD, startServer } from '../support/server.mjs'

const TECHNICIAN = 'P-0001'
let server, phone, page, order, old

before(async () => {
  server = await startServer()
  order = await newWorkOrder(server.origin)
  phone = await newPhone(server.origin)
  page = await phone.switchOn({ position: at(order.terminal) })
  await signInOnPhone(page)
  await openOrder(page, order.id)
})
after(async () => {
  await phone?.throwAway()
  await server?.stop()
})

const evidence = async () => (await signIn(server.origin, 'city')).get(`/work-orders/${order.id}/evidence`)

test('what has arrived is listed with the time of its receipt', async () => {
  await respond(page)
  await note(page, '停用之前')
  await settled(page, TECHNICIAN)
  await page.goto(`${server.origin}/sync`)
  await page.getByRole('heading', { name: '最近 7 天已送达' }).waitFor()
  await page.locator('.item', { hasText: '备注' }).getByText(/服务器回执 \d\d:\d\d/).waitFor()
  assert.equal(await page.locator('.item', { hasText: order.id }).count(), 2)
})

test('the session ends with the key; after signing in the phone says that it was revoked', async () => {
  old = (await evidence()).work_order.notes[0].at.dev
  const manager = await signIn(server.origin, 'manager1')
  await manager.post(`/devices/${old}/revocation`, { reason: '以为丢了', effective_at: null })
  await openOrder(page, order.id)
  await note(page, '停用之后')
  await page.goto(server.origin)
  await page.getByText('登录已过期，记录仍保存在本机；点此重新登录').click()
  await page.getByLabel('账号').fill('tech1')
  await page.getByLabel('密码', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: '登录', exact: true }).click()
  await page.getByText('本机已停用，现在的记录不会计入').waitFor({ timeout: 20_000 })
  await page.getByText('1 条记录被服务器退回，点此查看原因').waitFor()
  const returned = (await outbox(page, TECHNICIAN)).events.filter((event) => event.wo && event.state === 'refused')
  assert.deepEqual(returned.map((event) => [event.t, event.reason.code]), [['noted', 'revoked_key']])
})

test('it enrols a new key on a tap, keeps what was returned, and what it records then counts', async () => {
  await page.getByText('本机已停用，现在的记录不会计入').click()
  await page.getByText('管理员已停用本机密钥').waitFor()
  await page.getByRole('button', { name: '重新登记本机' }).click()
  await page.getByText('已登记', { exact: true }).waitFor({ timeout: 20_000 })
  await openOrder(page, order.id)
  await setOut(page)
  await note(page, '用新密钥')
  await inHistory(page, '用新密钥')
  const held = await settled(page, TECHNICIAN)
  assertOneChain(held.events)
  const found = await evidence()
  assert.deepEqual(found.work_order.notes.map((one) => one.text), ['停用之前', '用新密钥'])
  assert.equal(new Set(found.work_order.notes.map((one) => one.at.dev)).size, 2)
  assert.ok(found.quarantined.some((one) => one.reason.code === 'revoked_key'))
  await page.goto(`${server.origin}/sync`)
  await page.getByRole('heading', { name: '被退回' }).waitFor()
})

test('no page threw anything', () => assert.deepEqual(phone.errors, []))
