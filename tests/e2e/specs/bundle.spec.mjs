// An authority downloads the evidence of a work order and has it verified without the server.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { chromium } from 'playwright-core'

import { signIn } from '../support/api.mjs'
import { PASSWORD, startServer } from '../support/server.mjs'

const root = path.resolve(import.meta.dirname, '../../..')
const target = process.env.CARGO_TARGET_DIR ?? path.join(root, 'target')
let server
let browser
let folder

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'daochang-bundle-'))
  server = await startServer()
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' })
})

after(async () => {
  await browser?.close()
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

const run = (program, ...args) => spawnSync(path.join(target, 'debug', program), args, { encoding: 'utf8', maxBuffer: 64 << 20 })

test('from the console onto a stick, and proved by program and page', async () => {
  const trusted = run('daochang', 'trust', '--data', server.data, '--demo')
  assert.equal(trusted.status, 0, trusted.stderr)
  const trust = path.join(folder, 'trust.json')
  await writeFile(trust, trusted.stdout)

  const auditor = await signIn(server.origin, 'auditor')
  const { items } = await auditor.get('/work-orders?state=all')
  const evaluated = items.find(({ judgement }) => judgement.stage.name === 'evaluated' && judgement.presence.length > 0)
  const { id } = (evaluated ?? items[0]).work_order

  const context = await browser.newContext({ locale: 'zh-CN', viewport: { width: 1440, height: 900 } })
  const page = await context.newPage()
  await page.goto(`${server.origin}/console`)
  await page.getByLabel('账号').fill('auditor')
  await page.getByLabel('密码', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: '登录', exact: true }).click()
  await page.getByText(/未结/).first().waitFor()
  await page.goto(`${server.origin}/console/work-orders/${id}/evidence`)
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: '下载证据包' }).click()
  const bundle = path.join(folder, `evidence-${id}.zip`)
  await (await download).saveAs(bundle)

  const verified = run('daochang-verify', bundle, '--trust', trust)
  assert.equal(verified.status, 0, verified.stdout)
  assert.match(verified.stdout, /见证级/)

  const verifier = await context.newPage()
  await verifier.goto(`${server.origin}/verify`)
  await verifier.locator('#go:enabled').waitFor()
  await verifier.getByLabel(/证据包/).setInputFiles(bundle)
  await verifier.getByLabel(/信任文件/).setInputFiles(trust)
  await verifier.getByRole('button', { name: /核验/ }).click()
  await verifier.waitForFunction(() => document.getElementById('outcome').textContent)
  assert.match(await verifier.locator('#outcome').textContent(), /^0 · 全部核验通过/)
})
