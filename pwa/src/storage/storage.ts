/** How much room there is, and whether the browser has promised to keep it. */
import { ref, type Ref } from 'vue'
import type { Digest } from '../domain/types'
import type { Storage } from '../ports'

export interface StorageParts {
  manager: StorageManager | undefined
  full: Ref<boolean>
  photo(sha256: Digest): Promise<Blob | null>
}

export function createStorage({ manager, full, photo }: StorageParts): Storage {
  const estimate = ref({ usage: 0, quota: 0, persisted: false })

  async function measure(): Promise<void> {
    if (!manager?.estimate) return
    const { usage = 0, quota = 0 } = await manager.estimate()
    const persisted = (await manager.persisted?.()) ?? false
    estimate.value = { usage, quota, persisted }
  }

  return {
    estimate,
    full,
    photo,
    measure,
    async persist() {
      const granted = (await manager?.persist?.()) ?? false
      await measure()
      return granted
    },
  }
}
