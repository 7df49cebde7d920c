// What the server refuses comes back to the person with the reason, and stays on the phone.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'

import { newWorkOrder } from '../support/api.mjs'
import { at, checkIn, openOrder, repair, respond, setOut, sign } from '../support/field.mjs'
import { assertExactlyOnce } from '../support/oracle.mjs'
import { newPhone, outbox, signInOnPhone } from '../support/phone.mjs'
import { startServer } from '../support/server.mjs'

const TECHNICIAN = 'P-0001'
const OWN_PHONE = '10900000001'
let server, phone, page, order

before(async () => {
  server = await startServer()
  order = await newWorkOrder(server.origin)
  phone = await newPhone(server.origin)
  page = await phone.switchOn({ position: at(order.terminal) })
  await signInOnPhone(page)
})
after(async () => {
  await phone?.throwAway()
  await server?.stop()
})

const refusedOnes = async () => (await outbox(page, TECHNICIAN)).events.filter((event) => event.state === 'refused')

test('the app itself refuses a technician who signs for the manager', async () => {
  await openOrder(page, order.id)
  await respond(page)
  await setOut(page)
  await checkIn(page, order.terminal.id)
  await repair(page)
  await page.getByRole('button', { name: '现场确认签收' }).click()
  await sign(page, { name: '李强', phone: OWN_PHONE }, '技术员不能评价自己的工作')
  assert.equal((await outbox(page, TECHNICIAN)).events.filter((event) => event.t === 'evaluated').length, 0)
})

test('a phone that does not know better records it, and the server returns it with the reason', async () => {
  // The number in the phone is older than the one in the register.
  await page.evaluate((key) => {
    const grant = JSON.parse(localStorage.getItem(key))
    localStorage.setItem(key, JSON.stringify({ ...grant, person: { ...grant.person, phone: '10900000099' } }))
  }, `daochang.session.${TECHNICIAN}`)
  await page.goto(`${server.origin}/work-orders/${order.id}/hand-over`)
  await page.getByText('做了什么').waitFor()
  await sign(page, { name: '李强', phone: OWN_PHONE })
  const evidence = await assertExactlyOnce(server.origin, page, TECHNICIAN, order, { refused: 1 })
  const [refused] = await refusedOnes()
  assert.equal(refused.t, 'evaluated')
  assert.equal(refused.reason.code, 'technician_may_not_evaluate')
  assert.ok(evidence.quarantined.some((one) => one.event === refused.id), 'the server threw it away')
  assert.equal(evidence.work_order.evaluations.length, 0)
})

test('it is on the home screen, on the work order and in the list, with what to do', async () => {
  await page.goto(server.origin)
  await page.getByText('1 条记录被服务器退回，点此查看原因').click()
  await page.getByRole('heading', { name: '被退回' }).waitFor()
  const [{ reason }] = await refusedOnes()
  await page.getByText(reason.zh).waitFor()
  await page.getByText('原始记录已保留在本机和服务器隔离区。').waitFor()
  await page.getByRole('link', { name: '打开工单' }).click()
  await page.getByText('本工单有 1 条记录被退回').waitFor()
  await page.getByRole('button', { name: '现场确认签收' }).waitFor()
})

test('it can be exported; put out of sight it is still on the phone', async () => {
  await page.goto(`${server.origin}/sync`)
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: '导出未送达的记录' }).click(),
  ])
  const file = JSON.parse(await readFile(await download.path(), 'utf8'))
  const [refused] = await refusedOnes()
  assert.ok(file.events.some((one) => one.id === refused.id))
  assert.equal(Object.keys(file.sidecars).length >= 2, true, 'names and ink of the refused record are missing')
  await page.getByRole('button', { name: '知道了，不再显示' }).click()
  await page.getByText('全部已送达').waitFor()
  assert.equal((await refusedOnes()).length, 1)
})

test('the manager signs, and the work order ends', async () => {
  await page.goto(`${server.origin}/work-orders/${order.id}/hand-over`)
  await page.getByText('做了什么').waitFor()
  await sign(page, { name: '王静', phone: '10900000032' })
  const evidence = await assertExactlyOnce(server.origin, page, TECHNICIAN, order, { refused: 1 })
  assert.equal(evidence.judgement.stage.name, 'evaluated')
})

test('no page threw anything', () => assert.deepEqual(phone.errors, []))
