/** RFC 8785 for the values signed here (integers, strings, booleans, null, arrays, objects):
 *  a second writer beside the domain's, so that a hash on the page is not only the server's word. */

export class NotCanonical extends Error {}

export function toCanonical(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new NotCanonical(`not a safe integer: ${value}`)
    return String(value)
  }
  if (Array.isArray(value)) return `[${value.map(toCanonical).join(',')}]`
  if (typeof value === 'object') {
    // The default sort compares UTF-16 code units, which is the order RFC 8785 asks for.
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
    return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${toCanonical(member)}`).join(',')}}`
  }
  throw new NotCanonical(`no JSON value: ${typeof value}`)
}
