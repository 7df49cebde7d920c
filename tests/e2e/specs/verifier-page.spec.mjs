// The verifier as one file: opened from a folder as from a USB stick, without any network.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'

import { chromium } from 'playwright-core'

const root = path.resolve(import.meta.dirname, '../../..')
const vectors = path.join(root, 'tests/vectors/bundle')
const verifier = path.join(process.env.CARGO_TARGET_DIR ?? path.join(root, 'target'), 'debug/daochang-verify')
let browser
let stick
let page
const requests = []
const errors = []

before(async () => {
  stick = await mkdtemp(path.join(os.tmpdir(), 'daochang-stick-'))
  await copyFile(path.join(root, 'pwa/dist/verify.html'), path.join(stick, 'verify.html'))
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' })
  const context = await browser.newContext({ offline: true, locale: 'zh-CN', viewport: { width: 390, height: 844 } })
  page = await context.newPage()
  page.on('request', (request) => requests.push(request.url()))
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  await page.goto(pathToFileURL(path.join(stick, 'verify.html')).href)
  await page.locator('#go:enabled').waitFor()
})

after(async () => {
  await browser?.close()
  await rm(stick, { recursive: true, force: true })
})

async function verify(bundle, trust) {
  await page.getByLabel(/证据包/).setInputFiles(path.join(vectors, bundle))
  await page.getByLabel(/信任文件/).setInputFiles(trust ? path.join(vectors, trust) : [])
  await page.locator('#outcome').evaluate((outcome) => (outcome.textContent = ''))
  await page.getByRole('button', { name: /核验/ }).click()
  await page.waitForFunction(() => document.getElementById('outcome').textContent)
  return { outcome: await page.locator('#outcome').textContent(), findings: await page.locator('#findings').textContent() }
}

/** What the program says of the same two files. */
function program(bundle, trust) {
  const { status, stdout } = spawnSync(verifier, [path.join(vectors, bundle), '--trust', path.join(vectors, trust), '--json'])
  return { status, report: JSON.parse(stdout) }
}

test('an honest bundle is proved and its verdicts are told', async () => {
  const { outcome, findings } = await verify('evidence.zip', 'trust.json')
  assert.match(outcome, /^0 · 全部核验通过/)
  assert.equal(findings, '')
  assert.match(await page.locator('#zh').textContent(), /到场时限 \(180 分钟\): 达标 · 见证级 达标/)
  assert.match(await page.locator('#en').textContent(), /What this does not prove/)
})

test('without trusted witnesses a guarantee is missing', async () => {
  const { outcome, findings } = await verify('evidence.zip', 'trust-without-witnesses.json')
  assert.match(outcome, /^2 · 内容完整/)
  assert.match(findings, /no_external_time/)
  assert.doesNotMatch(findings, /self_supplied_trust/)
})

test('the page and the program find the same', async () => {
  for (const [bundle, trust] of [
    ['evidence.zip', 'trust.json'],
    ['evidence.zip', 'trust-without-witnesses.json'],
    ['tampered.zip', 'trust.json'],
    ['evidence-sm2.zip', 'trust-sm2.json'],
    ['evidence-sm2.zip', 'trust.json'],
    ['evidence.zip', 'trust-sm2.json'],
  ]) {
    const { status, report } = program(bundle, trust)
    const { outcome } = await verify(bundle, trust)
    assert.equal(outcome.slice(0, 1), String(status), bundle)
    const codes = await page.locator('#findings code').allTextContents()
    const expected = report.findings.map(({ code, file, detail }) => [code, file, detail].filter(Boolean).join(' · '))
    assert.deepEqual(codes, expected)
  }
})

test('second signatures are asked for by the trust file alone', async () => {
  const both = await verify('evidence-sm2.zip', 'trust-sm2.json')
  assert.match(both.outcome, /^0 · 全部核验通过/)
  assert.match(await page.locator('#zh').textContent(), /国密（SM2）签名已核验的回执与检查点 \d+/)
  const once = await verify('evidence.zip', 'trust-sm2.json')
  assert.match(once.outcome, /^2 · 内容完整/)
  assert.match(once.findings, /sm2_absent · receipts\//)
  assert.match(once.findings, /sm3_absent · manifest\.json/)
})

test('a single flipped bit in a photo names the photo', async () => {
  const { outcome, findings } = await verify('tampered.zip', 'trust.json')
  assert.match(outcome, /^1 · 有内容不真实/)
  assert.match(findings, /file_damaged · photos\/[0-9a-f]{64}\.jpg/)
})

test('without a trust file, with a bad one, and with no bundle at all', async () => {
  assert.match((await verify('evidence.zip')).findings, /self_supplied_trust/)
  assert.match((await verify('evidence.zip', 'evidence.zip')).outcome, /^3 · 信任文件不可用/)
  assert.match((await verify('trust.json', 'trust.json')).outcome, /^3 · 不是可读取的证据包/)
})

test('nothing was asked of any network and nothing went wrong on the page', async () => {
  assert.deepEqual(requests.filter((url) => !url.startsWith('file:') && !url.startsWith('data:')), [])
  assert.deepEqual(errors, [])
  const width = await page.evaluate(() => document.documentElement.scrollWidth)
  assert.ok(width <= 390, `${width} px wide`)
})
