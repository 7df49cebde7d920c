/**
 * Turns a picture of the camera into the evidence: at most 2048 px, upright, JPEG, named by the
 * hash of exactly these bytes. Runs in a worker where the browser can draw there, else in the page.
 */
import type { Exif } from '../domain/types'
import { sha256, toHex } from '../shared/lib/bytes'
import { readExif } from './exif'

export interface PictureRequest {
  file: Blob
  /** Longest side in pixels. */
  side: number
  quality: number
}

export interface Picture {
  bytes: ArrayBuffer
  sha256: string
  width: number
  height: number
  exif: Exif | null
  thumb: Blob
}

export type PictureFault = 'heic' | 'unreadable' | 'empty'

export class PictureError extends Error {
  constructor(readonly kind: PictureFault) {
    super(kind)
  }
}

const THUMB_SIDE = 320

/** The canvas of the place we run in; the page has an element, the worker has not. */
export interface Easel {
  context: Pick<OffscreenCanvasRenderingContext2D, 'imageSmoothingQuality' | 'fillStyle' | 'fillRect' | 'drawImage'>
  toJpeg(quality: number): Promise<Blob>
}

export type MakeEasel = (width: number, height: number) => Easel

export const offscreenEasel: MakeEasel = (width, height) => {
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d')
  if (!context) throw new PictureError('unreadable')
  return { context, toJpeg: (quality) => canvas.convertToBlob({ type: 'image/jpeg', quality }) }
}

/** Width and height that fit into a square of `side`, never enlarged. */
export function fit(width: number, height: number, side: number): { width: number; height: number } {
  const scale = Math.min(1, side / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

/** `ftyp` with one of the brands of HEIF, which only Apple's engine decodes. */
export function isHeic(bytes: ArrayBuffer): boolean {
  const start = new TextDecoder('latin1').decode(new Uint8Array(bytes, 0, Math.min(16, bytes.byteLength)))
  return start.slice(4, 8) === 'ftyp' && /^(hei|hev|mif1|msf1)/.test(start.slice(8, 12))
}

async function decode(file: Blob, bytes: ArrayBuffer): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file, { imageOrientation: 'from-image' })
  } catch {
    throw new PictureError(isHeic(bytes) ? 'heic' : 'unreadable')
  }
}

async function draw(makeEasel: MakeEasel, source: ImageBitmap, side: number, quality: number): Promise<{ blob: Blob; width: number; height: number }> {
  const { width, height } = fit(source.width, source.height, side)
  const { context, toJpeg } = makeEasel(width, height)
  context.imageSmoothingQuality = 'high'
  // A picture with transparency would otherwise turn black.
  context.fillStyle = '#fff'
  context.fillRect(0, 0, width, height)
  context.drawImage(source, 0, 0, width, height)
  return { blob: await toJpeg(quality), width, height }
}

export async function preparePicture({ file, side, quality }: PictureRequest, makeEasel: MakeEasel): Promise<Picture> {
  if (file.size === 0) throw new PictureError('empty')
  const original = await file.arrayBuffer()
  const bitmap = await decode(file, original)
  try {
    const { blob, width, height } = await draw(makeEasel, bitmap, side, quality)
    const { blob: thumb } = await draw(makeEasel, bitmap, THUMB_SIDE, 0.7)
    const bytes = await blob.arrayBuffer()
    return { bytes, sha256: toHex(await sha256(bytes)), width, height, exif: readExif(original), thumb }
  } finally {
    bitmap.close()
  }
}
