/**
 * Starts looking for a position on the way, so that it is exact on arrival. Only where the person
 * has allowed it before: the question itself is asked on the check-in screen, after saying why.
 * It ends when the app leaves the screens that lead to a check-in.
 */
import { useContainer } from '../../container'

export function useWarmPosition(): () => void {
  const { position } = useContainer()
  return () => {
    if (position.state.value !== 'idle' || !navigator.permissions) return
    void navigator.permissions.query({ name: 'geolocation' }).then(
      (permission) => {
        if (permission.state === 'granted') position.start()
      },
      () => undefined,
    )
  }
}
