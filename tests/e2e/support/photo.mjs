// A photo that no camera took: noise that a JPEG cannot shrink, different for every seed.
import { chromium } from 'playwright-core'

/** Bytes of a JPEG, 1600×1200. */
export async function jpeg(seed) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' })
  try {
    const page = await browser.newPage()
    const base64 = await page.evaluate(async (seed) => {
      const canvas = new OffscreenCanvas(1600, 1200)
      const context = canvas.getContext('2d')
      for (let tile = 0; tile < 3000; tile++) {
        context.fillStyle = `hsl(${(tile * 37 + seed * 101) % 360} 60% ${20 + ((tile * 13 + seed) % 60)}%)`
        context.fillRect((tile * 73) % 1600, (tile * 131 + seed * 7) % 1200, 40, 30)
      }
      const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 })).arrayBuffer())
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
    }, seed)
    return Buffer.from(base64, 'base64')
  } finally {
    await browser.close()
  }
}
