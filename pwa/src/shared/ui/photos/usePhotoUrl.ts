/** An object URL of a photo on this phone, given back when the component goes. Null: not here any more. */
import { onUnmounted, ref, watchEffect, type Ref } from 'vue'
import { useContainer } from '../../lib/inject'
import type { Digest } from '../../../domain/types'

export function usePhotoUrl(sha256: () => Digest): Ref<string | null> {
  const { storage } = useContainer()
  const url = ref<string | null>(null)
  let gone = false

  function replace(next: string | null): void {
    if (url.value) URL.revokeObjectURL(url.value)
    url.value = next
  }

  watchEffect(() => {
    void storage.photo(sha256()).then((blob) => {
      if (!gone) replace(blob && URL.createObjectURL(blob))
    })
  })
  onUnmounted(() => {
    gone = true
    replace(null)
  })
  return url
}
