/** Names of people, as far as this phone knows them: oneself and colleagues; else the number. */
import { useContainer } from '../lib/inject'
import type { PersonId } from '../../domain/types'

export function usePeople(): (id: PersonId) => string {
  const { session, registers } = useContainer()
  return (id) => {
    const self = session.person.value
    if (self?.id === id) return self.name
    return registers.contacts().find((person) => person.id === id)?.name ?? id
  }
}
