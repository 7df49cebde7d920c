/**
 * The one place where the parts of the phone app are put together, and what screens import.
 * Parts come in as arguments with defaults, so that a test can replace any of them.
 */
export * from './ports'
export type * from './api/types'
export type * from './domain/types'
export { Problem } from './api/problem'
export { CameraDenied, NoCamera, PhotoUnreadable, Refusal, StorageFull } from './shared/lib/errors'
export { useConsoleContainer, useContainer } from './shared/lib/inject'
export { lang, messages, pick, t } from './shared/i18n'
