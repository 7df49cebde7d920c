/** What the desk sees in its list of phones: the model and system as the browser tells them. Pure. */
export const labelOf = (agent: string): string =>
  /\(([^)]*)\)/.exec(agent)?.[1]?.split(';').slice(-2).join(' ').trim().slice(0, 60) || 'phone'
