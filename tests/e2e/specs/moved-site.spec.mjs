// The register changes after a fault was reported: the phone fetches what was registered then, judges by it without
// network, and says which place is which.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { chromium } from 'playwright-core'

import { newWorkOrder } from '../support/api.mjs'
import { at, openOrder } from '../support/field.mjs'
import { signInForNow } from '../support/phone.mjs'
import { startServer } from '../support/server.mjs'

let server, browser, context, page, order
let isMoved = false
const asked = []
const errors = []
const shot = (name) => (process.env.E2E_SHOTS ? page.screenshot({ path: `${process.env.E2E_SHOTS}/${name}.png`, fullPage: true }) : undefined)

/** The kit as it would be after the operator had moved every site and widened its fence. */
async function movedKit(route) {
  if (!isMoved) return route.continue()
  const kit = await (await route.fetch({ headers: { ...route.request().headers(), 'if-none-match': '' } })).json()
  for (const site of kit.sites) {
    Object.assign(site, { name: '新址大厅', address: '新址路 8 号', radius_cm: 2_000_000 })
    kit.site_versions[site.id] += 1
  }
  return route.fulfill({ json: { ...kit, etag: 'moved' } })
}

before(async () => {
  server = await startServer()
  order = await newWorkOrder(server.origin)
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' })
  context = await browser.newContext({
    ...{ viewport: { width: 390, height: 844 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' },
    ...{ permissions: ['geolocation'], geolocation: at(order.terminal) },
    serviceWorkers: 'block',
  })
  await context.route('**/api/v1/kit', movedKit)
  await context.route('**/api/v1/work-orders/*/place', (route) => {
    asked.push(route.request().url())
    return route.continue()
  })
  page = await context.newPage()
  page.on('pageerror', (error) => errors.push(error.message))
  await page.goto(server.origin)
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

test('what was registered at the report counts, and what is registered now is named', async () => {
  await signInForNow(page)
  await openOrder(page, order.id)
  const card = page.locator('section', { has: page.getByRole('button', { name: '导航', exact: true }) })
  const before = await card.getByRole('heading').innerText()
  assert.equal(asked.length, 0, 'nothing is asked for while the kit has it')

  isMoved = true
  await page.reload()
  await card.getByText('终端现在登记在：新址大厅，新址路 8 号').waitFor({ timeout: 20_000 })
  assert.equal(await card.getByRole('heading').innerText(), before)
  assert.equal(asked.filter((url) => url.includes(order.id)).length, 1)
  await shot('moved-order')

  await page.goto(`${server.origin}/work-orders/${order.id}/check-in`)
  await page.getByText(/报障时登记的点位，签到按它判定/).waitFor()
  await page.getByText(before, { exact: false }).first().waitFor()
  await shot('moved-check-in')
  const count = asked.length
  await page.reload()
  await page.getByText(/报障时登记的点位，签到按它判定/).waitFor()
  assert.equal(asked.length, count, 'it is asked for once')
  assert.deepEqual(errors, [])
})
