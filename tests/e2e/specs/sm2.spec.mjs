// A server that signs with SM2 too: a real phone works with it as with any other, and the bundle is proved by
// program and page, to whoever asks for SM2 and to whoever does not.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { chromium } from 'playwright-core'

import { authorityOf, newWorkOrder } from '../support/api.mjs'
import { at, checkIn, openOrder, respond, setOut } from '../support/field.mjs'
import { delivered, newPhone, signInOnPhone } from '../support/phone.mjs'
import { PASSWORD, startServer } from '../support/server.mjs'

const root = path.resolve(import.meta.dirname, '../../..')
const target = process.env.CARGO_TARGET_DIR ?? path.join(root, 'target')
const run = (program, ...args) => spawnSync(path.join(target, 'debug', program), args, { encoding: 'utf8', maxBuffer: 64 << 20 })
let server, workOrder, phone, browser, page, bundle, trust

before(async () => {
  server = await startServer({ sm2: 'sm2.pem' })
  workOrder = await newWorkOrder(server.origin)
  phone = await newPhone(server.origin)
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' })
})
after(async () => {
  await browser?.close()
  await phone?.throwAway()
  await server?.stop()
})

test('the phone takes receipts with two signatures for what they are', async () => {
  page = await phone.switchOn({ position: at(workOrder.terminal) })
  await signInOnPhone(page)
  await openOrder(page, workOrder.id)
  await respond(page)
  await setOut(page)
  await checkIn(page, workOrder.terminal.id)
  const { events } = await delivered(page, 'P-0001')
  assert.ok(events.some(({ t }) => t === 'sync_acknowledged'), 'it put a receipt into its chain')
  assert.deepEqual(events.filter(({ state }) => state === 'refused'), [])
  assert.deepEqual(phone.errors, [])
})

test('the public page of the log names the key', async () => {
  const log = await browser.newPage({ viewport: { width: 390, height: 844 }, locale: 'zh-CN' })
  await log.goto(`${server.origin}/log`)
  await log.getByText('国密公钥').waitFor()
  const { sm2_key: key } = await (await fetch(`${server.origin}/api/v1/log`)).json()
  await log.getByText(key).waitFor()
  const width = await log.evaluate(() => document.documentElement.scrollWidth)
  assert.ok(width <= 390, `${width} px wide`)
  await log.close()
})

test('the console says that receipts are signed twice, and that it cannot check the second', async () => {
  const authority = await authorityOf(server.origin, workOrder.site)
  const { receipts } = await authority.get(`/work-orders/${workOrder.id}/evidence`)
  assert.ok(receipts.length > 1)
  for (const { envelope } of receipts) assert.equal(envelope.signatures.length, 2)
  const wide = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' })
  await wide.goto(`${server.origin}/console`)
  await wide.getByLabel('账号').fill(`authority-${workOrder.site.district.toLowerCase()}`)
  await wide.getByLabel('密码', { exact: true }).fill(PASSWORD)
  await wide.getByRole('button', { name: '登录', exact: true }).click()
  await wide.getByText(/未结/).first().waitFor()
  await wide.goto(`${server.origin}/console/work-orders/${workOrder.id}/evidence`)
  await wide.getByText(`其中 ${receipts.length} 张另有服务器的国密签名（SM2）`).waitFor()
  await wide.close()
})

test('the bundle is proved to whoever asks for SM2', async () => {
  const authority = await authorityOf(server.origin, workOrder.site)
  const answer = await fetch(`${server.origin}/api/v1/work-orders/${workOrder.id}/bundle`, { headers: { authorization: `Bearer ${authority.token}` } })
  bundle = path.join(server.data, 'evidence.zip')
  await writeFile(bundle, Buffer.from(await answer.arrayBuffer()))
  const trusted = run('daochang', 'trust', '--data', server.data, '--demo')
  assert.equal(trusted.status, 0, trusted.stderr)
  trust = path.join(server.data, 'trust.json')
  await writeFile(trust, trusted.stdout)
  const [key] = JSON.parse(trusted.stdout).sm2_keys
  assert.ok(key.from > 0, 'the demonstration was filled before, with one signature')
  assert.equal(key.until, null)
  const verified = run('daochang-verify', bundle, '--trust', trust)
  assert.equal(verified.status, 0, verified.stdout)
  assert.match(verified.stdout, /国密（SM2）签名已核验的回执与检查点 \d+/)
})

test('whoever asks for it from before is told what is missing, and a changed key what is false', async () => {
  const given = JSON.parse(await readFile(trust, 'utf8'))
  const asked = async (change) => {
    const file = path.join(server.data, 'asked.json')
    const sm2_keys = structuredClone(given.sm2_keys)
    change(sm2_keys[0])
    await writeFile(file, JSON.stringify({ ...given, sm2_keys }))
    const { status, stdout } = run('daochang-verify', bundle, '--trust', file, '--json')
    return { status, codes: new Set(JSON.parse(stdout).findings.map(({ code }) => code)) }
  }
  const early = await asked((key) => (key.from = 0))
  assert.equal(early.status, 2)
  assert.ok(early.codes.has('sm2_absent'), 'policy and register were logged before')
  const made = spawnSync('openssl', ['ecparam', '-name', 'SM2', '-genkey', '-noout'], { encoding: 'utf8' }).stdout
  const spki = spawnSync('openssl', ['pkey', '-pubout', '-outform', 'DER'], { input: made })
  const other = await asked((key) => (key.key = spki.stdout.toString('base64')))
  assert.equal(other.status, 1)
  assert.ok(other.codes.has('sm2_not_genuine'))
})

test('the page of the verifier says the same as the program', async () => {
  const verifier = await browser.newPage({ locale: 'zh-CN' })
  await verifier.goto(`${server.origin}/verify`)
  await verifier.locator('#go:enabled').waitFor()
  await verifier.getByLabel(/证据包/).setInputFiles(bundle)
  await verifier.getByLabel(/信任文件/).setInputFiles(trust)
  await verifier.getByRole('button', { name: /核验/ }).click()
  await verifier.waitForFunction(() => document.getElementById('outcome').textContent)
  assert.match(await verifier.locator('#outcome').textContent(), /^0 · 全部核验通过/)
  assert.match(await verifier.locator('#zh').textContent(), /国密（SM2）签名已核验/)
})

test('started without the key, it signs once again and writes down when the second signatures ended', async () => {
  const keys = () => JSON.parse(run('daochang', 'trust', '--data', server.data, '--demo').stdout).sm2_keys
  await server.restart({ sm2: null })
  await page.reload()
  await page.getByRole('button', { name: '写备注', exact: true }).waitFor()
  const [ended] = keys()
  assert.ok(ended.until > ended.from)
  const state = await (await fetch(`${server.origin}/api/v1/log`)).json()
  assert.equal(state.sm2_key, null)
  const authority = await authorityOf(server.origin, workOrder.site)
  const answer = await fetch(`${server.origin}/api/v1/work-orders/${workOrder.id}/bundle`, { headers: { authorization: `Bearer ${authority.token}` } })
  await writeFile(bundle, Buffer.from(await answer.arrayBuffer()))
  await writeFile(trust, run('daochang', 'trust', '--data', server.data, '--demo').stdout)
  const verified = run('daochang-verify', bundle, '--trust', trust)
  assert.equal(verified.status, 0, verified.stdout)
  await server.restart()
  assert.deepEqual(keys()[0], ended)
  assert.equal(keys()[1].key, ended.key)
  assert.ok(keys()[1].from > ended.until)
})
