// The review list on a wide screen: what the demonstration recycled is found, compared and decided.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { chromium } from 'playwright-core'

import { signIn } from '../support/api.mjs'
import { PASSWORD, startServer } from '../support/server.mjs'

let server, browser, page
const errors = []
const shot = (name) => (process.env.E2E_SHOTS ? page.screenshot({ path: `${process.env.E2E_SHOTS}/${name}.png` }) : undefined)

before(async () => {
  server = await startServer()
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' })
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  page.on('pageerror', (error) => errors.push(String(error)))
  const city = await signIn(server.origin, 'auditor')
  // The review runs behind the intake and gives way; the whole week takes it a while.
  for (let tries = 0; tries < 120; tries++) {
    const kinds = (await city.get('/reviews?state=all')).items.map((item) => item.kind.code)
    if (['photo_near', 'ink_near', 'impossible_travel'].every((kind) => kinds.includes(kind))) return
    await new Promise((resolve) => setTimeout(resolve, 1_000))
  }
  throw new Error('the demonstration has nothing to review')
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

test('an auditor finds the recycled photo, compares both, and decides', async () => {
  await page.goto(`${server.origin}/console`)
  await page.getByLabel('账号').fill('auditor')
  await page.getByLabel('密码').fill(PASSWORD)
  await page.getByRole('button', { name: '登录' }).click()
  await page.getByRole('link', { name: '核查', exact: true }).click()
  await page.getByRole('heading', { name: '核查', exact: true }).waitFor()
  await page.getByRole('link', { name: '相似照片' }).first().waitFor()
  await shot('reviews-list')
  await page.getByLabel('种类').selectOption('photo_near')
  await page.getByRole('link', { name: '相似照片' }).first().click()
  await page.getByText('两张照片', { exact: true }).waitFor()
  await page.waitForFunction(() => [...document.querySelectorAll('.stage img')].filter((image) => image.complete && image.naturalWidth > 0).length === 2)
  await shot('review-photos')
  await page.keyboard.press('2')
  await page.getByLabel('第二张的不透明度').waitFor()
  await page.keyboard.press('1')
  await page.getByRole('button', { name: '保存决定' }).click()
  await page.getByText('请写明理由，至少 2 个字').waitFor()
  await page.getByText('确认有问题', { exact: true }).click()
  await page.getByLabel('理由').fill('两张工单用了同一张照片')
  await page.getByRole('button', { name: '保存决定' }).click()
  await page.getByText('决定已签名保存').waitFor()
  await page.getByText('两张工单用了同一张照片').waitFor()
})

test('both signatures are drawn, and the evidence page names what is open', async () => {
  await page.goto(`${server.origin}/console/reviews?kind=ink_near`)
  await page.getByRole('link', { name: '签名几乎重合' }).first().click()
  await page.getByText('两份签名', { exact: true }).waitFor()
  assert.equal(await page.locator('.inks svg').count(), 2)
  await shot('review-inks')
  await page.locator('table a').first().click()
  await page.getByRole('heading', { name: '核查提示' }).waitFor()
})

test('a decided item leaves the open list and stays among the decided', async () => {
  await page.goto(`${server.origin}/console/reviews?state=decided`)
  await page.getByText('确认有问题').first().waitFor()
  await page.goto(`${server.origin}/console/reviews?kind=same_fix`)
  await page.getByText('没有待核查的情况').waitFor()
  await shot('reviews-empty')
})

test('every number of the share of strong check-ins opens the check-ins that it counts', async () => {
  await page.goto(`${server.origin}/console/reviews`)
  await page.locator('#main').getByRole('link', { name: '到场证明率' }).click()
  await page.getByRole('heading', { name: '按行政区' }).waitFor()
  await shot('figures')
  const auditor = await signIn(server.origin, 'auditor')
  const { districts, total } = await auditor.get('/figures/presence')
  assert.ok(total.total > 10 && total.adequate > 0, JSON.stringify(total))
  const one = districts.find(({ share }) => share.adequate > 0)
  const row = page.getByRole('row').filter({ has: page.getByRole('button', { name: /一般/ }) })
  const button = row.getByRole('button', { name: new RegExp(`区：一般，${one.share.adequate} 次`) }).first()
  const says = Number(await button.textContent())
  await button.click()
  const opened = page.locator('section[aria-labelledby="opened-title"]')
  await opened.getByRole('row').nth(1).waitFor()
  assert.equal((await opened.getByRole('row').count()) - 1, says)
  await shot('figures-opened')
  await opened.getByRole('link').first().click()
  await page.waitForURL(/\/evidence$/)
  await page.goto(`${server.origin}/console/figures`)
  await page.getByLabel('到', { exact: true }).fill('2020-01-01')
  await page.getByText('请选择起止日期').waitFor()
  await page.getByRole('button', { name: '今年' }).click()
  await page.getByRole('heading', { name: '按运维单位' }).waitFor()
})

test('an auditor reads all of it on a phone: no page is wider than the screen', async () => {
  await page.setViewportSize({ width: 390, height: 844 })
  const city = await signIn(server.origin, 'auditor')
  const { items } = await city.get('/reviews?state=all')
  const review = items.find((item) => item.kind.code === 'ink_near')
  const order = review.work_orders[0]
  const pages = ['', '/reviews', '/figures', `/reviews/${review.id}`, `/work-orders/${order}`, `/work-orders/${order}/evidence`]
  for (const path of pages) {
    await page.goto(`${server.origin}/console${path}`)
    await page.locator('.page table').first().waitFor()
    const width = await page.evaluate(() => document.documentElement.scrollWidth)
    assert.equal(width, 390, path)
  }
})

test('a provider has no such list', async () => {
  const dispatcher = await signIn(server.origin, 'dispatch1')
  await assert.rejects(dispatcher.get('/reviews'), { status: 403 })
  await assert.rejects(dispatcher.get('/figures/presence'), { status: 403 })
})

test('no page threw anything', () => assert.deepEqual(errors, []))
