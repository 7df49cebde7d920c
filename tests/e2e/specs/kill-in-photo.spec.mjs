// The battery falls out while a photo is on its way, and while photos are being saved.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { newWorkOrder } from '../support/api.mjs'
import { at, choosePhotos, heavyPhoto, note, openOrder, photo, respond, setOut, wakeUp } from '../support/field.mjs'
import { assertExactlyOnce, assertOneChain } from '../support/oracle.mjs'
import { newPhone, outbox, signInOnPhone } from '../support/phone.mjs'
import { startServer } from '../support/server.mjs'

const TECHNICIAN = 'P-0001'
let server, phone, page, order

before(async () => {
  server = await startServer()
  order = await newWorkOrder(server.origin)
  phone = await newPhone(server.origin)
  page = await phone.switchOn({ position: at(order.terminal) })
  await signInOnPhone(page)
  // A browser writes down who is signed in some seconds later; what is killed here is not the sign-in.
  await phone.switchOff()
  page = await phone.switchOn({ position: at(order.terminal) })
  await openOrder(page, order.id)
})
after(async () => {
  await phone?.throwAway()
  await server?.stop()
})

test('killed in the middle of an upload: the phone goes on from where the server has it', async () => {
  await respond(page)
  let pieces = 0
  const cut = new Promise((resolve) => {
    server.network.cut((request) => {
      if (request.method !== 'PATCH' || !request.url.includes('/evidence/')) return false
      pieces += 1
      if (pieces < 2) return false
      resolve()
      return true
    })
  })
  await choosePhotos(page, [await heavyPhoto(page)])
  await cut
  await phone.kill()
  server.network.cut(null)
  const before = server.network.seen.length
  page = await phone.switchOn({ position: at(order.terminal), path: `/work-orders/${order.id}` })
  const evidence = await assertExactlyOnce(server.origin, page, TECHNICIAN, order)
  assert.equal(evidence.photos.length, 1)
  const later = server.network.seen.slice(before).filter(({ url }) => url.includes(`/evidence/${evidence.photos[0].sha256}`))
  assert.equal(later[0].method, 'HEAD', 'the phone did not ask how much the server has')
  const again = later.filter(({ method }) => method === 'PATCH').length
  assert.ok(again < Math.ceil(evidence.photos[0].size / (256 * 1024)), `all ${again} pieces were sent again`)
})

test('killed in the middle of saving: what was saved is whole, what was not left no trace', async (t) => {
  server.network.down()
  await note(page, '停电前写下的备注')
  const files = ['DSCN0010.jpg', 'DSCN0012.jpg', 'DSCN0021.jpg', 'landscape_1.jpg', 'portrait_6.jpg']
  const pictures = await Promise.all(files.map((name, seed) => photo(name, t.diagnostic, seed + 3)))
  const held = []
  for (const [round, wait] of [120, 450].entries()) {
    await choosePhotos(page, round === 0 ? pictures.slice(0, 2) : pictures.slice(2))
    await page.waitForTimeout(wait)
    await phone.kill()
    page = await phone.switchOn({ position: at(order.terminal), path: `/work-orders/${order.id}` })
    await page.getByRole('button', { name: '写备注' }).waitFor()
    const { events, photos } = await outbox(page, TECHNICIAN)
    assertOneChain(events)
    assert.equal(events.filter((event) => event.t === 'noted').length, 1, 'a note that was said to be saved is gone')
    assert.equal(photos.length, events.filter((event) => event.t === 'photo_taken').length, 'a photo without its fact, or a fact without its photo')
    held.push(photos.length)
  }
  t.diagnostic(`photos on the phone after each kill: ${held.join(', ')}`)
  await setOut(page)
  server.network.up()
  await wakeUp(page)
  const evidence = await assertExactlyOnce(server.origin, page, TECHNICIAN, order)
  assert.equal(evidence.photos.length, held.at(-1))
})

test('no page threw anything', () => assert.deepEqual(phone.errors, []))
