/** Builds the rules (`server/domain_wasm`) and puts them where the phone app loads them from. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const build = spawnSync(
  'cargo',
  ['build', '--locked', '--profile', 'wasm', '--target', 'wasm32-unknown-unknown', '-p', 'domain_wasm'],
  { cwd: root, stdio: 'inherit' },
)
if (build.status !== 0) process.exit(build.status ?? 1)
const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target')
const out = join(root, 'pwa/src/domain/domain.wasm')
copyFileSync(join(target, 'wasm32-unknown-unknown/wasm/domain_wasm.wasm'), out)
console.log(`${out}: ${statSync(out).size} bytes`)
