/** Prepares photos as evidence. The picture itself is drawn and hashed in `picture.ts`. */
import type { Camera } from '../ports'
import { PhotoUnreadable } from '../shared/lib/errors'
import { createCrew, WorkerFault, type Crew } from '../shared/lib/crew'
import { PictureError, preparePicture, type Easel, type Picture, type PictureRequest } from './picture'

const NORMAL = { side: 2048, quality: 0.85 }
/** When the phone is nearly full, a smaller photo is better than none. */
const SMALL = { side: 1280, quality: 0.7 }
const TIGHT_BYTES = 200 * 1024 * 1024

const pageEasel = (width: number, height: number): Easel => {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const context = canvas.getContext('2d')
  if (!context) throw new PictureError('unreadable')
  const toJpeg = (quality: number): Promise<Blob> =>
    new Promise((resolve, reject) =>
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new PictureError('unreadable'))), 'image/jpeg', quality),
    )
  return { context, toJpeg }
}

const pictureWorker = (): Worker => new Worker(new URL('../workers/picture.worker.ts', import.meta.url), { type: 'module' })

const canDrawInWorkers = (): boolean =>
  typeof OffscreenCanvas === 'function' && 'convertToBlob' in OffscreenCanvas.prototype

export interface CameraParts {
  /** Bytes that are still free, if the browser says. */
  free(): number | null
  crew?: Crew<PictureRequest, Picture>
}

const KINDS = new Set(['heic', 'unreadable', 'empty'])

export function createCamera({ free, crew = createCrew<PictureRequest, Picture>(pictureWorker) }: CameraParts): Camera {
  async function draw(request: PictureRequest): Promise<Picture> {
    try {
      return await (canDrawInWorkers() ? crew.ask(request) : preparePicture(request, pageEasel))
    } catch (error) {
      if (!(error instanceof WorkerFault) || KINDS.has(error.message)) throw error
      // The worker itself failed, not the picture: old WebKit cannot decode there.
      return preparePicture(request, pageEasel)
    }
  }

  return {
    async prepare(file, slot, source) {
      const left = free()
      const form = left !== null && left < TIGHT_BYTES ? SMALL : NORMAL
      try {
        const picture = await draw({ file, ...form })
        return { ...picture, type: 'image/jpeg', size: picture.bytes.byteLength, slot, source }
      } catch (error) {
        const kind = error instanceof Error ? error.message : ''
        throw new PhotoUnreadable(KINDS.has(kind) ? (kind as PhotoUnreadable['kind']) : 'unreadable')
      }
    },
  }
}
