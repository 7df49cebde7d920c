/** Downloads photos and hashes their bytes. A thumbnail, made by the server, stands in until the
 *  original is here; from then on every picture shown is one whose hash was computed here. */
import { onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import { useDeskApi, type EvidenceForm } from '../api'
import { sha256Hex } from './bytes'
import type { Check } from './chain'

export interface LoadedPhoto {
  state: 'waiting' | 'loading' | 'done' | 'missing' | 'failed'
  /** Object URL of the bytes that were hashed. */
  url: string | null
  /** Object URL of the server's small copy, shown until the original is here. */
  thumbnail: string | null
  check: Check
}

const AT_ONCE = 2
const WAITING: LoadedPhoto = { state: 'waiting', url: null, thumbnail: null, check: 'unknown' }

export interface Photos {
  of(sha256: string): LoadedPhoto
  checkOf(sha256: string): Check
  retry(sha256: string): void
}

export function usePhotos(evidence: Ref<EvidenceForm | null>): Photos {
  const api = useDeskApi()
  const loaded = shallowRef(new Map<string, LoadedPhoto>())
  const queue: string[] = []
  const made: string[] = []
  let running = 0

  const set = (sha256: string, photo: LoadedPhoto) => (loaded.value = new Map(loaded.value).set(sha256, photo))

  async function load(sha256: string): Promise<void> {
    const id = evidence.value?.work_order.id
    if (!id) return
    set(sha256, { ...WAITING, state: 'loading' })
    try {
      const thumbnail = URL.createObjectURL(await api.thumbnail(id, sha256))
      made.push(thumbnail)
      set(sha256, { ...WAITING, state: 'loading', thumbnail })
      const blob = await api.photo(id, sha256)
      const hash = await sha256Hex(await blob.arrayBuffer())
      const url = URL.createObjectURL(blob)
      made.push(url)
      set(sha256, { state: 'done', url, thumbnail, check: hash === sha256 ? 'ok' : 'bad' })
    } catch {
      set(sha256, { ...WAITING, state: 'failed' })
    }
  }

  async function work(): Promise<void> {
    running += 1
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await load(next)
    running -= 1
  }

  function enqueue(sha256: string): void {
    queue.push(sha256)
    if (running < AT_ONCE) void work()
  }

  watch(
    evidence,
    (found) => {
      const stored = new Map(found?.photos.map((photo) => [photo.sha256, photo.stored]))
      for (const { sha256 } of found?.work_order.photos ?? []) {
        const known = loaded.value.get(sha256)?.state
        if (known && known !== 'missing') continue
        if (stored.get(sha256) === false) set(sha256, { ...WAITING, state: 'missing' })
        else {
          set(sha256, WAITING)
          enqueue(sha256)
        }
      }
    },
    { immediate: true },
  )
  onScopeDispose(() => made.forEach((url) => URL.revokeObjectURL(url)))
  return {
    of: (sha256) => loaded.value.get(sha256) ?? WAITING,
    checkOf: (sha256) => loaded.value.get(sha256)?.check ?? 'unknown',
    retry: enqueue,
  }
}
