/** Any error as one sentence in the language of the screen. */
import { pick } from '../i18n'
import { words } from '../lib/words'

export const errorText = (error: unknown): string => pick(words(error))
