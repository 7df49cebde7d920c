/** The real rules, as `npm run wasm` built them; tests and phones run the same file. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { openDoor, raw, type Domain } from '../../src/domain/door'

const file = fileURLToPath(new URL('../../src/domain/domain.wasm', import.meta.url))

export const rules = (): Domain =>
  openDoor(async () => {
    if (!existsSync(file)) throw new Error('the rules are not built: run `npm run wasm` first')
    const { instance } = await WebAssembly.instantiate(readFileSync(file), {})
    return raw(instance.exports as never)
  })
