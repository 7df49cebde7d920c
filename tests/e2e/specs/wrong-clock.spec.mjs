// Somebody sets the phone's clock back two hours between the arrival and the sync.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { newWorkOrder } from '../support/api.mjs'
import { at, checkIn, note, openOrder, respond, setOut, wakeUp } from '../support/field.mjs'
import { assertExactlyOnce } from '../support/oracle.mjs'
import { newPhone, signInOnPhone } from '../support/phone.mjs'
import { startServer } from '../support/server.mjs'

const TECHNICIAN = 'P-0001'
const BACK_MS = 2 * 3600_000
let server, phone, page, order, other

/** Everything that asks for the date gets it shifted; the monotonic clock goes on as it was. */
function shiftClock() {
  const RealDate = Date
  const shift = () => Number(localStorage.getItem('e2e.clock') ?? 0)
  class ShiftedDate extends RealDate {
    constructor(...parts) {
      if (parts.length === 0) super(RealDate.now() + shift())
      else super(...parts)
    }
    static now() {
      return RealDate.now() + shift()
    }
  }
  globalThis.Date = ShiftedDate
}

before(async () => {
  server = await startServer()
  order = await newWorkOrder(server.origin)
  other = await newWorkOrder(server.origin, { fault: 'HW-2' })
  phone = await newPhone(server.origin)
  page = await phone.switchOn({ position: at(order.terminal), init: shiftClock })
  await signInOnPhone(page)
})
after(async () => {
  await phone?.throwAway()
  await server?.stop()
})

test('the verdict rests on receipts; the claimed time is shown as what it is', async () => {
  await openOrder(page, order.id)
  await respond(page)
  server.network.down()
  await setOut(page)
  const earliest = Date.now()
  await checkIn(page, order.terminal.id)
  const latest = Date.now()
  await page.evaluate((ms) => localStorage.setItem('e2e.clock', String(-ms)), BACK_MS)
  await note(page, '改了时间以后写的')
  server.network.up()
  await wakeUp(page)
  const { work_order: doc, judgement } = await assertExactlyOnce(server.origin, page, TECHNICIAN, order)
  assert.equal(judgement.arrival.verdict, 'met')
  const { bounds } = doc.visits[0].check_in.at
  for (const grade of ['b', 'c']) {
    assert.ok(bounds[grade].earliest <= latest && bounds[grade].latest >= earliest, `grade ${grade} misses the arrival`)
  }
  const late = doc.notes[0].at
  assert.ok(late.wall < earliest - BACK_MS + 60_000, 'the clock was not set back')
  assert.ok(late.bounds.b.earliest > late.wall + BACK_MS / 2, 'the server believed the claimed time')
  assert.ok(late.bounds.b.earliest <= late.bounds.c.earliest && late.bounds.c.latest <= late.bounds.b.latest, 'C is not inside B')
})

test('deadlines on the phone follow the server, and the check-in says that the clock is off', async () => {
  await page.reload()
  await page.getByText(/还剩\s11\s小时\s5\d\s分/).first().waitFor()
  await openOrder(page, other.id)
  await page.getByText(/还剩\s[5-9]\s分/).first().waitFor()
  await page.goto(`${server.origin}/work-orders/${other.id}/check-in`)
  await page.getByText(/手机时间与服务器相差 (2 小时 0 分|1 小时 59 分)/).waitFor()
})

test('no page threw anything', () => assert.deepEqual(phone.errors, []))
