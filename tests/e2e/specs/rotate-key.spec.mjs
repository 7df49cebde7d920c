// The server changes its key while a phone is away, and the program that does it is killed again and again.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'

import { chromium } from 'playwright-core'

import { newWorkOrder, signIn } from '../support/api.mjs'
import { at, note, openOrder, respond, setOut, wakeUp } from '../support/field.mjs'
import { assertExactlyOnce } from '../support/oracle.mjs'
import { newPhone, signInOnPhone } from '../support/phone.mjs'
import { PASSWORD, startServer } from '../support/server.mjs'

const TECHNICIAN = 'P-0001'
const root = path.resolve(import.meta.dirname, '../../..')
const programs = path.join(process.env.CARGO_TARGET_DIR ?? path.join(root, 'target'), 'debug')
/** After so many milliseconds the command is killed: before it has begun, at its files, at its commit, near its end. */
const KILLED_AFTER = [5, 60, 120, 200, 300, 400, 500, 650, 800, 1_000]
let server, phone, page, order, folder, auditor

const run = (program, ...args) => spawnSync(path.join(programs, program), args, { encoding: 'utf8', maxBuffer: 64 << 20 })
const changesOf = async () => JSON.parse(await readFile(path.join(server.data, 'key-changes.json'), 'utf8').catch(() => '[]'))

async function bundleOf(id) {
  const response = await fetch(`${server.direct}/api/v1/work-orders/${id}/bundle`, { headers: { authorization: `Bearer ${auditor.token}` } })
  assert.equal(response.status, 200)
  const file = path.join(folder, `evidence-${id}-${Date.now()}.zip`)
  await writeFile(file, Buffer.from(await response.arrayBuffer()))
  return file
}

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'daochang-rotate-'))
  server = await startServer()
  auditor = await signIn(server.direct, 'auditor')
  order = await newWorkOrder(server.origin)
  phone = await newPhone(server.origin)
  page = await phone.switchOn({ position: at(order.terminal) })
  await signInOnPhone(page)
  await openOrder(page, order.id)
})
after(async () => {
  await phone?.throwAway()
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

async function killedAfter(ms) {
  const child = spawn(path.join(programs, 'daochang'), ['rotate-key', 'server', '--data', server.data], { stdio: 'ignore' })
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)))
  const timer = setTimeout(() => child.kill('SIGKILL'), ms)
  return ended.finally(() => clearTimeout(timer))
}

test('killed wherever it was, the command goes on the next time; the phone and the auditor follow', async (t) => {
  const trust = path.join(folder, 'trust.json')
  await writeFile(trust, run('daochang', 'trust', '--data', server.data, '--demo').stdout)
  const { items } = await auditor.get('/work-orders?state=all')
  const { id: old } = items.find(({ judgement }) => judgement.stage.name === 'evaluated').work_order
  const before = await bundleOf(old)

  await respond(page)
  server.network.down()
  await setOut(page)
  await note(page, '离线时写下')

  const outcomes = []
  await server.restart({
    async meanwhile() {
      for (const ms of KILLED_AFTER) outcomes.push(`${ms} ms: ${await killedAfter(ms)}`)
      const last = run('daochang', 'rotate-key', 'server', '--data', server.data)
      assert.equal(last.status, 0, last.stderr)
      const checked = run('daochang', 'fsck', '--data', server.data)
      assert.equal(checked.status, 0, checked.stdout + checked.stderr)
      assert.deepEqual((await readdir(server.data)).filter((name) => /next|unfinished/.test(name)), [])
    },
  })
  const changes = await changesOf()
  t.diagnostic(`${outcomes.join(', ')}; ${changes.length} changes`)
  assert.ok(changes.length >= 1)

  server.network.up()
  await wakeUp(page)
  const evidence = await assertExactlyOnce(server.origin, page, TECHNICIAN, order)
  assert.equal(evidence.quarantined.length, 0)
  assert.equal(evidence.work_order.notes.length, 1)

  auditor = await signIn(server.direct, 'auditor')
  const verified = run('daochang-verify', await bundleOf(order.id), '--trust', trust)
  assert.equal(verified.status, 0, verified.stdout)
  assert.equal(verified.stdout.match(/^i \[key_changed\]/gm).length, 2 * changes.length)
  const again = run('daochang-verify', before, '--trust', trust)
  assert.equal(again.status, 0, again.stdout)
  assert.doesNotMatch(again.stdout, /key_changed/)
  const informed = path.join(folder, 'trust-now.json')
  await writeFile(informed, run('daochang', 'trust', '--data', server.data, '--demo').stdout)
  for (const bundle of [before, await bundleOf(old)]) assert.equal(run('daochang-verify', bundle, '--trust', informed).status, 0)
})

test('the evidence page and the public log list the keys with their times', async () => {
  const changes = await changesOf()
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' })
  const desk = await browser.newPage({ locale: 'zh-CN', viewport: { width: 1440, height: 900 } })
  await desk.goto(`${server.origin}/console`)
  await desk.getByLabel('账号').fill('auditor')
  await desk.getByLabel('密码', { exact: true }).fill(PASSWORD)
  await desk.getByRole('button', { name: '登录', exact: true }).click()
  await desk.getByText(/未结/).first().waitFor()
  await desk.goto(`${server.origin}/console/work-orders/${order.id}/evidence`)
  const table = desk.getByRole('table', { name: '服务器密钥' })
  await table.waitFor()
  assert.equal(await table.locator('tbody tr').count(), changes.length + 1)
  await desk.getByText(/签名全部核对无误/).waitFor()
  const log = await (await fetch(`${server.direct}/log?lang=zh`)).text()
  assert.equal(log.match(/<dt>服务器密钥<\/dt>/g).length, changes.length + 1)
  await browser.close()
})

test('no page threw anything', () => assert.deepEqual(phone.errors, []))
