// The server acts and its answer gets lost: the phone says everything again, and nothing is there twice.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { newWorkOrder } from '../support/api.mjs'
import { at, choosePhotos, heavyPhoto, note, openOrder, photo, respond, setOut, wakeUp } from '../support/field.mjs'
import { assertExactlyOnce } from '../support/oracle.mjs'
import { newPhone, signInOnPhone } from '../support/phone.mjs'
import { startServer } from '../support/server.mjs'

const TECHNICIAN = 'P-0001'
let server, phone, page, order

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

const KINDS = {
  head: (method, url) => method === 'POST' && url.endsWith('/sync/head'),
  events: (method, url) => method === 'POST' && url.endsWith('/sync/events'),
  whole: (method, url) => method === 'PUT' && url.includes('/evidence/'),
  piece: (method, url) => method === 'PATCH' && url.includes('/evidence/'),
}

/** A photo whose answer was lost is asked for by its hash before it is sent again, so it goes out whole only once. */
const TIMES = { head: 2, events: 2, whole: 1, piece: 2 }

test('the answer to head, events and photos is lost after the server has acted: one record each', async (t) => {
  server.network.down()
  await respond(page)
  await setOut(page)
  await note(page, '网络不好')
  await choosePhotos(page, [await photo('DSCN0010.jpg', t.diagnostic)])
  await choosePhotos(page, [await heavyPhoto(page)])
  await page.locator('.thumb').nth(1).waitFor()
  const lost = { head: 0, events: 0, whole: 0, piece: 0 }
  server.network.forget((request) => {
    const kind = Object.keys(KINDS).find((name) => KINDS[name](request.method, request.url))
    if (!kind || lost[kind] >= TIMES[kind]) return false
    lost[kind] += 1
    return true
  })
  server.network.up()
  const hurry = setInterval(() => void wakeUp(page).catch(() => {}), 1_000)
  const evidence = await assertExactlyOnce(server.origin, page, TECHNICIAN, order).finally(() => clearInterval(hurry))
  server.network.forget(null)
  assert.deepEqual(lost, TIMES, 'an answer that should be lost was not asked for')
  assert.equal(evidence.photos.length, 2)
  assert.equal(evidence.quarantined.length, 0)
  assert.equal(evidence.work_order.notes.length, 1)
})

test('no page threw anything', () => assert.deepEqual(phone.errors, []))
