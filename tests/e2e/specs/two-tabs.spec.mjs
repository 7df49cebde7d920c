// One person, two tabs, one chain: both record at the same time, one of them sends.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { newWorkOrder } from '../support/api.mjs'
import { at, inHistory, note, openOrder, respond, setOut } from '../support/field.mjs'
import { assertExactlyOnce, settled } from '../support/oracle.mjs'
import { newPhone, signInOnPhone } from '../support/phone.mjs'
import { startServer } from '../support/server.mjs'

const TECHNICIAN = 'P-0001'
const NOTES = 3
let server, phone, left, right, orders

before(async () => {
  server = await startServer()
  orders = [await newWorkOrder(server.origin), await newWorkOrder(server.origin, { fault: 'HW-2' })]
  phone = await newPhone(server.origin)
  left = await phone.switchOn({ position: at(orders[0].terminal) })
  await signInOnPhone(left)
  right = await phone.newTab('/')
})
after(async () => {
  await phone?.throwAway()
  await server?.stop()
})

/** Overlapping requests to the sync addresses: two senders at once. */
function overlaps(seen) {
  const sent = seen.filter(({ method, url }) => method === 'POST' && /\/sync\/(head|events)$/.test(url))
  return sent.filter((one, at) => sent.slice(at + 1).some((two) => two.began < (one.ended ?? Number.POSITIVE_INFINITY)))
}

async function writeNotes(page, from) {
  for (let n = 0; n < NOTES; n++) await note(page, `${from}第 ${n + 1} 条`)
}

test('two tabs record at the same time: one chain without fork or gap, one sender', async () => {
  await openOrder(left, orders[0].id)
  await openOrder(right, orders[1].id)
  await Promise.all([respond(left), respond(right)])
  server.network.down()
  await Promise.all([writeNotes(left, '左'), writeNotes(right, '右')])
  server.network.up()
  await Promise.all([setOut(left), setOut(right)])
  await Promise.all([writeNotes(left, '左又'), writeNotes(right, '右又')])
  for (const order of orders) {
    const evidence = await assertExactlyOnce(server.origin, left, TECHNICIAN, order)
    assert.equal(evidence.work_order.notes.length, 2 * NOTES)
    assert.equal(evidence.quarantined.length, 0)
  }
  assert.deepEqual(overlaps(server.network.seen), [], 'both tabs were sending at once')
})

test('each tab shows what the other recorded', async () => {
  await openOrder(left, orders[1].id)
  await inHistory(left, '右又第 1 条')
  await note(left, '从左边写')
  await inHistory(right, '从左边写')
})

test('the tab that was sending is closed: the other one sends', async () => {
  server.network.down()
  await note(left, '最后一条')
  await left.close()
  server.network.up()
  await right.evaluate(() => window.dispatchEvent(new Event('online')))
  await settled(right, TECHNICIAN)
  const evidence = await assertExactlyOnce(server.origin, right, TECHNICIAN, orders[1])
  assert.equal(evidence.work_order.notes.at(-1).text, '最后一条')
})

test('no page threw anything', () => assert.deepEqual(phone.errors, []))
