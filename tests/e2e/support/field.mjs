// What a technician does on the phone, by the words on the screen.
import { readFile } from 'node:fs/promises'
import path from 'node:path'

import { jpeg } from './photo.mjs'

const photos = path.resolve(import.meta.dirname, '../../../../shared/data/photos')

async function realPhoto(name) {
  try {
    return { name, mimeType: 'image/jpeg', buffer: await readFile(path.join(photos, name)) }
  } catch {
    return null
  }
}

/** The real photo, or a drawn one where the collection is missing; `note` hears which. */
export async function photo(name, note = () => {}, seed = 1) {
  const real = await realPhoto(name)
  if (real) return real
  note(`the photo collection is missing: drew a picture instead of ${name}`)
  return { name, mimeType: 'image/jpeg', buffer: await jpeg(seed) }
}

/** Pure noise, so that it stays larger than one request may be, however it is shrunk. */
export async function heavyPhoto(page) {
  const base64 = await page.evaluate(async () => {
    const [width, height] = [1600, 1200]
    const canvas = new OffscreenCanvas(width, height)
    const context = canvas.getContext('2d')
    const image = context.createImageData(width, height)
    let state = 7
    for (let at = 0; at < image.data.length; at++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      image.data[at] = at % 4 === 3 ? 255 : state >>> 24
    }
    context.putImageData(image, 0, 0)
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 })).arrayBuffer())
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
  })
  return { name: 'noise.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(base64, 'base64') }
}

/** One of several choices; its radio lies invisibly over the words, and a tick is part of a chosen one's name. */
export const choose = (page, name) => page.getByRole('radio', { name }).check({ force: true })

const button = (page, name) => page.getByRole('button', { name, exact: true })

/** Opens the page of a work order; it fills as soon as the phone has it. */
export async function openOrder(page, id) {
  await page.goto(new URL(`/work-orders/${id}`, page.url()).href)
  await button(page, '写备注').waitFor({ timeout: 20_000 })
}

export async function respond(page) {
  await button(page, '接单').click()
  await button(page, '出发').waitFor()
}

export async function setOut(page) {
  await button(page, '出发').click()
  await button(page, '到场签到').waitFor()
}

/** Types the six digits on the scan screen's own keys. */
export async function typeCode(page, terminal) {
  await button(page, '输入编号').click()
  for (const digit of terminal.slice(-6)) await button(page, digit).click()
}

/** From the scan to the recorded check-in. */
export async function checkIn(page, terminal) {
  await button(page, '到场签到').click()
  await typeCode(page, terminal)
  await confirmCheckIn(page)
}

export async function confirmCheckIn(page) {
  await button(page, '确认签到').waitFor()
  await page.waitForTimeout(300)
  await button(page, '确认签到').click()
  await page.getByRole('heading', { name: '工单详情' }).waitFor({ timeout: 20_000 })
}

export async function note(page, text) {
  await button(page, '写备注').click()
  await page.getByLabel('备注内容').fill(text)
  await button(page, '保存备注').click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
}

/** Waits until the work order's history, which is folded up, has this text. */
export const inHistory = (page, text) => page.locator('details').getByText(text).first().waitFor({ state: 'attached', timeout: 20_000 })

/** Hands one photo to the slot as the system's camera does, or several as the gallery does. */
export const choosePhotos = (page, files, slot = '现场') =>
  page.locator(`input[aria-label="${files.length > 1 ? '从相册选' : '拍'}${slot}照片"]`).setInputFiles(files)

/** Where a phone stands that is at the terminal. */
export const at = (terminal, accuracy = 12) => ({
  latitude: terminal.lat_e7 / 1e7,
  longitude: terminal.lng_e7 / 1e7,
  accuracy,
})

/** Asks for a sync at once instead of waiting for the next try. */
export const wakeUp = (page) => page.evaluate(() => window.dispatchEvent(new Event('online')))

/** Fills in the work record and completes it; without an "after" photo the app asks once more. */
export async function repair(page, { cause = '系统卡死', action = '重启主机后恢复' } = {}) {
  await button(page, '处理').click()
  await choose(page, '一般问题')
  await page.getByLabel('故障原因').fill(cause)
  await page.getByLabel('处理措施').fill(action)
  await button(page, '修复完成').click()
  await page.getByRole('dialog').getByRole('button').last().click()
  await page.getByRole('heading', { name: '工单详情' }).waitFor()
}

/** Answers, rates and signs as a person who is not on the list of managers. */
export async function sign(page, { name, unit = '服务大厅', phone = '' }, answer = '签收完成，谢谢！') {
  await choose(page, '已解决')
  await page.getByRole('radio', { name: /4/ }).check({ force: true })
  await choose(page, '其他人')
  await page.getByLabel('姓名').fill(name)
  await page.getByLabel('单位').fill(unit)
  await page.getByLabel('电话（可不填）').fill(phone)
  await write(page)
  await button(page, '确认签收').click()
  await page.getByText(answer).first().waitFor({ timeout: 20_000 })
}

/** Two strokes on the pad. */
async function write(page) {
  const pad = page.getByRole('img', { name: '签名区，请用手指书写' })
  await pad.scrollIntoViewIfNeeded()
  const box = await pad.boundingBox()
  const point = ([x, y]) => [box.x + box.width * x, box.y + box.height * y]
  for (const [from, to] of [[[0.2, 0.3], [0.5, 0.4]], [[0.3, 0.2], [0.7, 0.8]]]) {
    await page.mouse.move(...point(from))
    await page.mouse.down()
    await page.mouse.move(...point(to), { steps: 12 })
    await page.mouse.up()
  }
}
