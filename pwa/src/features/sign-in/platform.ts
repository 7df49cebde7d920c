/** Where the app runs, as far as it changes what we advise. */
export const isWeChat = (agent: string): boolean => /MicroMessenger/i.test(agent)

/** Only an address inside this app; anything else would send people elsewhere after signing in. */
export const safeNext = (next: unknown): string =>
  typeof next === 'string' && /^\/(?![/\\])/.test(next) ? next : '/'
