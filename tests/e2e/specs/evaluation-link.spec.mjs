// A remote repair, evaluated on the site manager's own phone: the technician's phone shows a link as a QR code,
// an old-fashioned browser without an account opens it, rates and signs; "not solved" opens the work order again.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { chromium } from 'playwright-core'
import { prepareZXingModule, readBarcodes } from '../../../pwa/node_modules/zxing-wasm/dist/es/reader/index.js'

import { authorityOf, newWorkOrder, signIn } from '../support/api.mjs'
import { at, choose, inHistory, openOrder, respond, wakeUp } from '../support/field.mjs'
import { delivered, newPhone, signInOnPhone } from '../support/phone.mjs'
import { PASSWORD, startServer } from '../support/server.mjs'

const TECHNICIAN = 'P-0001'
const errors = []
let server, order, phone, page, browser, link, manager, waiting

before(async () => {
  const wasm = path.resolve(import.meta.dirname, '../../../pwa/node_modules/zxing-wasm/dist/reader/zxing_reader.wasm')
  prepareZXingModule({ overrides: { wasmBinary: await readFile(wasm) } })
  server = await startServer()
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' })
  order = await newWorkOrder(server.origin)
  phone = await newPhone(server.origin)
  page = await phone.switchOn({ position: at(order.terminal) })
  await signInOnPhone(page)
  await openOrder(page, order.id)
  await respond(page)
  await repairRemotely()
})
after(async () => {
  await browser?.close()
  await phone?.throwAway()
  await server?.stop()
})

const found = async () => (await signIn(server.origin, 'city')).get(`/work-orders/${order.id}`)

async function repairRemotely(way = '不用到场，远程处理') {
  await page.getByText(way, { exact: true }).click()
  await choose(page, '一般问题')
  await page.getByLabel('故障原因').fill('服务进程卡死')
  await page.getByLabel('处理措施').fill('远程重启服务，打印测试正常')
  await page.getByRole('button', { name: '修复完成', exact: true }).click()
  const more = page.getByRole('dialog').getByRole('button').last()
  if (await more.waitFor({ timeout: 2_000 }).then(() => true, () => false)) await more.click()
  await page.getByRole('heading', { name: '工单详情' }).waitFor()
  await delivered(page, TECHNICIAN)
}

/** The manager's phone: no account, no key, nothing of ours on it. */
async function onOwnPhone(address, lang = 'zh-CN') {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: lang, hasTouch: true, serviceWorkers: 'block' })
  const own = await context.newPage()
  own.on('pageerror', (error) => errors.push(error.message))
  own.on('console', (line) => line.type() === 'error' && /Content Security Policy/.test(line.text()) && errors.push(line.text()))
  await own.goto(address)
  return own
}

/** Three strokes with a finger, which is what a phone has. */
async function write(own) {
  const pad = own.locator('#pad')
  await pad.scrollIntoViewIfNeeded()
  const box = await pad.boundingBox()
  const touch = (type, x, y) =>
    own.evaluate(
      ({ type, x, y }) => {
        const target = document.getElementById('pad')
        const finger = new Touch({ identifier: 1, target, clientX: x, clientY: y })
        const touches = type === 'touchend' ? [] : [finger]
        target.dispatchEvent(new TouchEvent(type, { touches, changedTouches: [finger], bubbles: true, cancelable: true }))
      },
      { type, x: box.x + box.width * x, y: box.y + box.height * y },
    )
  for (const [from, to] of [[[0.2, 0.3], [0.5, 0.4]], [[0.3, 0.2], [0.35, 0.8]], [[0.5, 0.3], [0.8, 0.7]]]) {
    await touch('touchstart', ...from)
    for (let step = 1; step <= 8; step++) await touch('touchmove', ...from.map((start, axis) => start + ((to[axis] - start) * step) / 8))
    await touch('touchend', ...to)
  }
}

test('the technician’s phone shows a link as a QR code, with the network only', async () => {
  await page.getByRole('link', { name: '请现场管理人员用自己的手机评价' }).click()
  await page.getByRole('button', { name: '生成评价链接' }).click()
  const drawing = page.locator('svg.code')
  await drawing.waitFor()
  await drawing.scrollIntoViewIfNeeded()
  const [read] = await readBarcodes(new Uint8Array(await drawing.screenshot()), { formats: ['QRCode'] })
  assert.equal(read.text, await drawing.getAttribute('data-url'))
  await show(page, 'link-phone')
  assert.match(new URL(read.text).pathname, new RegExp(`^/e/${order.id}/[0-9a-f]{32}$`))
  link = server.origin + new URL(read.text).pathname
  await phone.context.setOffline(true)
  await page.getByText(/生成链接需要网络/).waitFor({ timeout: 30_000 })
  await phone.context.setOffline(false)
  await wakeUp(page)
})

test('on the page an empty pad is refused, and what was filled in stays', async () => {
  manager = await onOwnPhone(link)
  await manager.getByText('远程重启服务，打印测试正常').waitFor()
  await show(manager, 'link-page')
  await manager.getByRole('radio', { name: '未解决，需要继续处理' }).check()
  await manager.getByRole('radio', { name: /^一般/ }).check()
  await manager.getByLabel('您的姓名').fill('陈静')
  await manager.getByLabel('意见（选填）').fill('打印仍不清晰')
  await manager.getByRole('button', { name: '提交评价' }).click()
  await manager.getByText('还没有签名。').waitFor()
  await write(manager)
  await manager.getByRole('button', { name: '清除重写' }).click()
  assert.equal(await manager.locator('input[name=ink]').inputValue(), '')
  await write(manager)
  await manager.getByLabel('您的电话（选填）').fill('不告诉')
  await show(manager, 'link-page-filled')
  await manager.getByRole('button', { name: '提交评价' }).click()
  await manager.getByText('电话号码看起来不正确。').waitFor()
  assert.equal(await manager.getByLabel('您的姓名').inputValue(), '陈静')
  assert.ok(await manager.getByRole('radio', { name: '未解决，需要继续处理' }).isChecked())
  assert.match(await manager.locator('input[name=ink]').inputValue(), /^\d+\.\d+(-\d+(\.\d+)+){3}$/)
  assert.equal((await found()).work_order.evaluations.length, 0)
})

test('“not solved” opens the work order again, and the phone goes on', async () => {
  await manager.getByLabel('您的电话（选填）').fill('')
  await manager.getByRole('button', { name: '提交评价' }).click()
  await manager.getByText('工单已重新打开').waitFor()
  await show(manager, 'link-thanks')
  const { judgement, work_order: doc } = await found()
  assert.equal(judgement.stage.name, 'reopened')
  assert.equal(doc.evaluations[0].signer_person, null)
  await manager.goto(link)
  await manager.getByText(/该评价链接已使用/).waitFor()
  await wakeUp(page)
  await page.getByRole('link', { name: '返回工单' }).click()
  await page.getByText('未解决，需再处理').first().waitFor({ timeout: 20_000 })
})

test('the site manager scans the link, rates and signs on a phone of their own, once', async () => {
  await page.goto(`${server.origin}/work-orders/${order.id}/work?mode=remote`)
  await page.getByLabel('故障原因').fill('打印头脏污')
  await page.getByLabel('处理措施').fill('远程执行清洗程序，打印清晰')
  await page.getByRole('button', { name: '修复完成', exact: true }).click()
  const more = page.getByRole('dialog').getByRole('button').last()
  if (await more.waitFor({ timeout: 2_000 }).then(() => true, () => false)) await more.click()
  await page.getByRole('heading', { name: '工单详情' }).waitFor()
  await delivered(page, TECHNICIAN)
  await page.getByRole('link', { name: '请现场管理人员用自己的手机评价' }).click()
  await page.getByRole('button', { name: '生成评价链接' }).click()
  const address = new URL(await page.locator('svg.code').getAttribute('data-url')).pathname
  const own = await onOwnPhone(server.origin + address, 'en-GB')
  await own.getByText('Please evaluate this repair').waitFor()
  await show(own, 'link-page-en')
  await own.getByRole('radio', { name: 'Solved', exact: true }).check()
  await own.getByRole('radio', { name: /^Very satisfied/ }).check()
  await own.getByLabel('Your name').fill('陈静')
  await write(own)
  await own.getByRole('button', { name: 'Send the evaluation' }).click()
  await own.getByText('The work order is evaluated.').waitFor()
  await own.goto(server.origin + address)
  await own.getByText(/This evaluation link was used/).waitFor()
  await wakeUp(page)
  await page.getByText('该工单现在不需要评价。').waitFor({ timeout: 20_000 })
  await page.getByRole('link', { name: '返回工单' }).click()
  await inHistory(page, '评价签收')
})

test('the authority sees whose word it is', async () => {
  const evidence = await (await authorityOf(server.origin, order.site)).get(`/work-orders/${order.id}/evidence`)
  assert.equal(evidence.judgement.evaluation_source, 'evaluated_through_link')
  const wide = await enter(`authority-${order.site.district.toLowerCase()}`)
  await wide.goto(`${server.origin}/console/work-orders/${order.id}/evidence`)
  await wide.getByText(/不证明提交人是谁、在哪里（链接由 李强 于/).first().waitFor({ timeout: 30_000 })
  await show(wide, 'link-evidence')
})

test('the desk makes a link, takes it back, and then it opens nothing', async () => {
  waiting = await newWorkOrder(server.origin, { place: 1 })
  await openOrder(page, waiting.id)
  await respond(page)
  await repairRemotely()
  const wide = await enter('dispatch1')
  await wide.goto(`${server.origin}/console/work-orders/${waiting.id}`)
  await wide.getByRole('button', { name: '生成评价链接' }).click()
  const address = new URL(await wide.locator('svg.code').getAttribute('data-url')).pathname
  await show(wide, 'link-desk')
  await wide.getByRole('button', { name: '撤回链接' }).click()
  await wide.locator('svg.code').waitFor({ state: 'detached' })
  const own = await onOwnPhone(server.origin + address)
  await own.getByText(/该评价链接已被撤回/).waitFor()
})

test('a site manager who has signed in finds what waits and evaluates it at once', async () => {
  const [{ person }] = waiting.site.managers
  const own = await enter(`site${Number(person.slice(2)) - 31}`, '待您评价的工单')
  await own.getByText(waiting.id).waitFor()
  await show(own, 'link-manager')
  await own.getByRole('button', { name: '核对并评价' }).first().click()
  await own.getByText('请您评价这次维修').waitFor()
  await own.getByRole('radio', { name: '已解决', exact: true }).check()
  await own.getByRole('radio', { name: /^满意/ }).check()
  await own.getByLabel('您的姓名').fill('现场管理员')
  await write(own)
  await own.getByRole('button', { name: '提交评价' }).click()
  await own.getByText('工单已完成评价。').waitFor()
  const { judgement, work_order: doc } = await (await signIn(server.origin, 'city')).get(`/work-orders/${waiting.id}`)
  assert.equal(judgement.evaluation_source, 'evaluated_signed_in')
  assert.equal(doc.evaluations[0].signer_person, person)
})

test('no page threw anything, and no page broke its own content policy', () => assert.deepEqual([...phone.errors, ...errors], []))

/** At the console; a site manager looks at it on a phone. */
async function enter(login, shown) {
  const size = shown ? { viewport: { width: 390, height: 844 }, hasTouch: true } : { viewport: { width: 1440, height: 900 } }
  const wide = await (await browser.newContext({ ...size, locale: 'zh-CN' })).newPage()
  wide.on('pageerror', (error) => errors.push(error.message))
  await wide.goto(`${server.origin}/console`)
  await wide.getByLabel('账号').fill(login)
  await wide.getByLabel('密码', { exact: true }).fill(PASSWORD)
  await wide.getByRole('button', { name: '登录', exact: true }).click()
  if (shown) await wide.getByRole('link', { name: '评价', exact: true }).click()
  await wide.getByText(shown ?? /未结/).first().waitFor()
  return wide
}

/** With E2E_SHOTS=folder, pictures to look at. */
async function show(page, name) {
  const folder = process.env.E2E_SHOTS
  if (folder) await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true })
}
