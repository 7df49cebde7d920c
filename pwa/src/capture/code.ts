/**
 * The code at a terminal: scanned, photographed, typed or tapped. What it proves the server finds
 * out; here a label's signature is checked, which needs no secret and no network. The camera and
 * the decoder are fetched when first needed.
 */
import type { Domain } from '../domain/door'
import type { TerminalId } from '../domain/types'
import type { Registers, Scanner } from '../ports'
import { Refusal } from '../shared/lib/errors'

export interface ScannerParts {
  domain: Domain
  /** To complete six typed digits and to check labels. */
  registers: Pick<Registers, 'terminal' | 'terminals' | 'labelRuns' | 'server'>
  reader(): Promise<Pick<Scanner, 'open' | 'decodeImage'>>
}

const DIGITS = /^\d{6}$/

export function createScanner({ domain, registers, reader }: ScannerParts): Scanner {
  let loaded: ReturnType<typeof reader> | null = null
  const ready = (): ReturnType<typeof reader> => {
    loaded ??= reader().catch((error: unknown) => {
      loaded = null
      throw error
    })
    return loaded
  }

  /** Six digits name one terminal of the city; the register knows its district. */
  const complete = (terminal: TerminalId): TerminalId =>
    DIGITS.test(terminal) ? (registers.terminals().find((one) => one.id.endsWith(`-${terminal}`))?.id ?? terminal) : terminal

  return {
    async open(video) {
      const [one] = await Promise.all([ready(), domain.ready().catch(() => undefined)])
      return one.open(video)
    },
    decodeImage: async (file) => (await ready()).decodeImage(file),
    parse(text) {
      try {
        const code = domain.callNow('read_code', { text, ...registers.server() })
        if (code.terminal === null) return code
        const terminal = complete(code.terminal)
        const place = registers.terminal(terminal)
        if (code.form === 'label' && place) return domain.callNow('read_code', { text, place, runs: registers.labelRuns() })
        if (!DIGITS.test(terminal)) return { ...code, terminal }
        // Right by its check digit, but no district has it.
        return new Refusal('unknown_terminal', '登记册里没有这个终端编号，请核对编号', 'No terminal has this number; please check it')
      } catch (error) {
        if (error instanceof Refusal) return error
        throw error
      }
    },
  }
}
