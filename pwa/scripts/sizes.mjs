/** Prints what the phone downloads before the first screen works, and fails beyond the budget. */
import { readFileSync, readdirSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const BUDGET = { js: 60 * 1024, css: 10 * 1024 }
const worker = readFileSync('dist/service-worker.js', 'utf8')
const html = readFileSync('dist/index.html', 'utf8')
const first = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.(?:js|css))"/g)].map((match) => match[1])
const size = (name) => gzipSync(readFileSync(`dist/${name}`), { level: 9 }).length
const sum = (end) => first.filter((name) => name.endsWith(end)).reduce((total, name) => total + size(name), 0)
const kb = (bytes) => `${(bytes / 1024).toFixed(1)} KB gz`

const js = sum('.js')
const css = sum('.css')
console.log(`first load: JS ${kb(js)} of ${kb(BUDGET.js)}, CSS ${kb(css)} of ${kb(BUDGET.css)}`)
console.log(`service worker: ${kb(gzipSync(worker, { level: 9 }).length)}`)
for (const name of readdirSync('dist/assets').sort()) console.log(`  ${name}: ${kb(size(`assets/${name}`))}`)
if (js > BUDGET.js || css > BUDGET.css) {
  console.error('over budget')
  process.exit(1)
}
