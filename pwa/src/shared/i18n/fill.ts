/** Replaces `{name}` by the parameter of that name; unknown names stay as they are. Pure. */
export type Params = Record<string, string | number>

export const fill = (text: string, params: Params = {}): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in params ? String(params[name]) : whole))
