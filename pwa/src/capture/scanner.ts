/**
 * Reads codes with the camera or from a still picture. Decoding happens in a worker with our own
 * copy of the decoder. What the text means is said in `code.ts`.
 */
import type { Scanner, ScanSession } from '../ports'
import { createCrew, type Crew } from '../shared/lib/crew'
import { CameraDenied, NoCamera } from '../shared/lib/errors'
import type { ScanRequest } from '../workers/scan.worker'

/** At most ten pictures a second; more only warms the phone. */
const PERIOD_MS = 100
/** The same code again is news only after this time. */
const REPEAT_MS = 1_000
/** Side of the square that is cut from the middle of the picture, at most. */
const CROP_MAX = 720

const scanWorker = (): Worker => new Worker(new URL('../workers/scan.worker.ts', import.meta.url), { type: 'module' })

/** The torch is not in the DOM types. */
const hasTorch = (track: MediaStreamTrack | undefined): boolean =>
  (track?.getCapabilities?.() as { torch?: boolean } | undefined)?.torch === true

async function openCamera(devices: MediaDevices | undefined): Promise<MediaStream> {
  if (!devices?.getUserMedia) throw new NoCamera('this browser gives no camera')
  const video = { facingMode: { ideal: 'environment' }, width: { ideal: 1280 }, height: { ideal: 720 } }
  try {
    return await devices.getUserMedia({ video, audio: false })
  } catch (error) {
    const name = error instanceof Error ? error.name : ''
    if (name === 'NotAllowedError' || name === 'SecurityError') throw new CameraDenied()
    throw new NoCamera(error instanceof Error ? error.message : String(error))
  }
}

/** The middle of the picture, where people hold the code. */
export function cropOf(width: number, height: number): { x: number; y: number; side: number; target: number } {
  const side = Math.round(Math.min(width, height) * 0.9)
  return { x: Math.round((width - side) / 2), y: Math.round((height - side) / 2), side, target: Math.min(side, CROP_MAX) }
}

function frameOf(video: HTMLVideoElement, canvas: HTMLCanvasElement): ImageData | null {
  if (video.readyState < 2 || video.videoWidth === 0) return null
  const { x, y, side, target } = cropOf(video.videoWidth, video.videoHeight)
  canvas.width = target
  canvas.height = target
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (!context) return null
  context.drawImage(video, x, y, side, side, 0, 0, target, target)
  return context.getImageData(0, 0, target, target)
}

function watch(video: HTMLVideoElement, stream: MediaStream, crew: Crew<ScanRequest, string | null>): ScanSession {
  const track = stream.getVideoTracks()[0]
  const canvas = document.createElement('canvas')
  const callbacks = new Set<(text: string) => void>()
  const seen = new Map<string, number>()
  let busy = false

  const heard = (text: string): void => {
    const now = performance.now()
    if (now - (seen.get(text) ?? Number.NEGATIVE_INFINITY) < REPEAT_MS) return
    seen.set(text, now)
    for (const callback of callbacks) callback(text)
  }
  const timer = setInterval(() => {
    const image = busy ? null : frameOf(video, canvas)
    if (!image) return
    busy = true
    crew
      .ask({ image, hard: false }, [image.data.buffer])
      .then((text) => (text ? heard(text) : undefined))
      // A picture that could not be decoded is followed by the next one.
      .catch(() => undefined)
      .finally(() => (busy = false))
  }, PERIOD_MS)

  return {
    torch: hasTorch(track),
    setTorch: async (on) => track?.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] }),
    onText: (callback) => void callbacks.add(callback),
    close() {
      clearInterval(timer)
      callbacks.clear()
      for (const one of stream.getTracks()) one.stop()
      video.srcObject = null
    },
  }
}

/** The parts of the scanner that need the camera or the decoder; `code.ts` has the rest. */
export function createReader(crew: Crew<ScanRequest, string | null>, devices: MediaDevices | undefined): Pick<Scanner, 'open' | 'decodeImage'> {
  return {
    async open(video) {
      const stream = await openCamera(devices)
      try {
        video.setAttribute('playsinline', '')
        video.muted = true
        video.srcObject = stream
        await video.play()
      } catch (error) {
        for (const track of stream.getTracks()) track.stop()
        throw new NoCamera(error instanceof Error ? error.message : String(error))
      }
      return watch(video, stream, crew)
    },
    decodeImage: (file) => crew.ask({ image: file, hard: true }),
  }
}

export const browserReader = (): Pick<Scanner, 'open' | 'decodeImage'> =>
  createReader(createCrew<ScanRequest, string | null>(scanWorker), globalThis.navigator?.mediaDevices)
