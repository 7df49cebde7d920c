/** Runs one deed at a time; says what went wrong in words and lets the person try again. */
import { ref, type Ref } from 'vue'
import { errorText } from './errorText'
import { useNotice } from './useNotice'

export function useAction(): { busy: Ref<boolean>; run: (deed: () => Promise<void>) => Promise<boolean> } {
  const busy = ref(false)
  const { warn } = useNotice()
  return {
    busy,
    async run(deed) {
      if (busy.value) return false
      busy.value = true
      try {
        await deed()
        return true
      } catch (error) {
        warn(errorText(error))
        return false
      } finally {
        busy.value = false
      }
    },
  }
}
