/** The real rules, as `npm run wasm` built them; tests and phones run the same file. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { openDoor, raw, type Domain } from '../../src/domain/door'

const file = fileURLToPath(new URL('../../src/domain/domain.wasm', import.meta.url))

async function instance(): Promise<WebAssembly.Exports> {
  if (!existsSync(file)) throw new Error('the rules are not built: run `npm run wasm` first')
  return (await WebAssembly.instantiate(readFileSync(file), {})).instance.exports
}

export const rules = (): Domain => openDoor(async () => raw((await instance()) as never))

/** Without the typed door, and with a look at the memory it uses. */
export async function rawRules(): Promise<{ ask(question: string): string; size(): number }> {
  const exports = await instance()
  return { ask: raw(exports as never), size: () => (exports['memory'] as WebAssembly.Memory).buffer.byteLength }
}
