/**
 * The code while it is typed: groups of four, capital letters. What it means is for the server; here
 * only what helps the eye and the ear.
 */
export const LENGTH = 20
const GROUP = 4

/** Letters and digits only, full-width ones too, as capitals. */
export const bare = (typed: string): string =>
  typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, '')

export const grouped = (typed: string): string => bare(typed).match(new RegExp(`.{1,${GROUP}}`, 'g'))?.join(' ') ?? ''
