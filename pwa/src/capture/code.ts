/**
 * The code on a terminal: scanned, photographed or typed. It says which terminal, and does not
 * prove that anybody stands before it. The camera and the decoder are fetched when first needed.
 */
import type { Domain } from '../domain/door'
import type { Terminal } from '../domain/types'
import type { Scanner } from '../ports'
import { Refusal } from '../shared/lib/errors'

export interface ScannerParts {
  domain: Domain
  /** Terminals known on this phone, to complete six typed digits. */
  terminals(): Terminal[]
  reader(): Promise<Pick<Scanner, 'open' | 'decodeImage'>>
}

const DIGITS = /^\d{6}$/

export function createScanner({ domain, terminals, reader }: ScannerParts): Scanner {
  let loaded: ReturnType<typeof reader> | null = null
  const ready = (): ReturnType<typeof reader> => {
    loaded ??= reader().catch((error: unknown) => {
      loaded = null
      throw error
    })
    return loaded
  }

  /** Six digits name one terminal of the city; the register knows its district. */
  const complete = (terminal: string): string =>
    DIGITS.test(terminal) ? (terminals().find((one) => one.id.endsWith(`-${terminal}`))?.id ?? terminal) : terminal

  return {
    async open(video) {
      const [one] = await Promise.all([ready(), domain.ready().catch(() => undefined)])
      return one.open(video)
    },
    decodeImage: async (file) => (await ready()).decodeImage(file),
    parse(text) {
      try {
        const terminal = complete(domain.callNow('parse_code', { text }).terminal)
        if (!DIGITS.test(terminal)) return { terminal }
        // Right by its check digit, but no district has it.
        return new Refusal('unknown_terminal', '登记册里没有这个终端编号，请核对编号', 'No terminal has this number; please check it')
      } catch (error) {
        if (error instanceof Refusal) return error
        throw error
      }
    },
  }
}
