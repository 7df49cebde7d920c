/** Writes `src/api/schema.ts` from the checked-in interface description. */
import { spawnSync } from 'node:child_process'

const result = spawnSync('npx', ['openapi-typescript', '../openapi/openapi.json', '-o', 'src/api/schema.ts'], {
  stdio: 'inherit',
})
process.exit(result.status ?? 1)
