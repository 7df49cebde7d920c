/** Reads codes out of pictures. The decoder is served by us; the library's default address is on the internet. */
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'
import wasmUrl from 'zxing-wasm/reader/zxing_reader.wasm?url'
import { answerWith } from './bridge'

export interface ScanRequest {
  image: ImageData | Blob
  /** Look longer; for photos, not for the running camera. */
  hard: boolean
}

prepareZXingModule({ overrides: { locateFile: () => wasmUrl } })

answerWith<ScanRequest, string | null>(self as never, async ({ image, hard }) => {
  const found = await readBarcodes(image, {
    formats: ['QRCode'],
    tryHarder: hard,
    tryRotate: hard,
    tryInvert: hard,
    tryDownscale: true,
    maxNumberOfSymbols: 1,
  })
  return { answer: found.find((code) => code.isValid)?.text ?? null, transfer: [] }
})
