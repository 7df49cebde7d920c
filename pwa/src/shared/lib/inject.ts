/** Hands the container down to screens. Nothing is global; each app provides its own. */
import { inject, type App, type InjectionKey } from 'vue'
import type { ConsoleContainer, Container } from '../../ports'

const PHONE: InjectionKey<Container> = Symbol('container')
const DESK: InjectionKey<ConsoleContainer> = Symbol('console container')

const found = <T>(value: T | undefined): T => {
  if (!value) throw new Error('no container was provided to this app')
  return value
}

export const provideContainer = (app: App, container: Container): void => void app.provide(PHONE, container)
export const provideConsoleContainer = (app: App, container: ConsoleContainer): void =>
  void app.provide(DESK, container)

export const useContainer = (): Container => found(inject(PHONE))
export const useConsoleContainer = (): ConsoleContainer => found(inject(DESK))
