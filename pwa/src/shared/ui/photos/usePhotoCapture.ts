/** From a file to a signed fact with its bytes; a photo that fails stays here for another try. */
import { ref, type Ref } from 'vue'
import { useContainer } from '../../lib/inject'
import type { PhotoSlot, PhotoSource, WorkOrderId } from '../../../domain/types'
import { errorText } from '../errorText'

interface Failure {
  file: File
  slot: PhotoSlot
  source: PhotoSource
  why: string
}

interface PhotoCapture {
  busy: Ref<number>
  failures: Ref<Failure[]>
  add(files: readonly File[], slot: PhotoSlot, source: PhotoSource): Promise<void>
  retry(): Promise<void>
}

export function usePhotoCapture(wo: () => WorkOrderId): PhotoCapture {
  const { camera, recorder } = useContainer()
  const busy = ref(0)
  const failures = ref<Failure[]>([])

  async function keep(file: File, slot: PhotoSlot, source: PhotoSource): Promise<void> {
    const photo = await camera.prepare(file, slot, source)
    const { sha256, size, width, height, exif } = photo
    await recorder.record({
      t: 'photo_taken',
      wo: wo(),
      body: { sha256, size, width, height, slot, source, exif },
      photo: { sha256, bytes: photo.bytes, type: photo.type },
    })
  }

  async function add(files: readonly File[], slot: PhotoSlot, source: PhotoSource): Promise<void> {
    busy.value += files.length
    for (const file of files) {
      try {
        await keep(file, slot, source)
      } catch (error) {
        failures.value = [...failures.value, { file, slot, source, why: errorText(error) }]
      } finally {
        busy.value -= 1
      }
    }
  }

  async function retry(): Promise<void> {
    const again = failures.value
    failures.value = []
    for (const { file, slot, source } of again) await add([file], slot, source)
  }

  return { busy, failures, add, retry }
}
