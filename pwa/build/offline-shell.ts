/**
 * Emits the service worker as `/service-worker.js` with the list of built files inside.
 *
 * `shell` is what the phone app needs to start without network; `kit` is what it needs later
 * (rules, code reader) and is fetched in a second phase. Files of the wide-screen console are in
 * neither: the console is online only; the screen of a terminal keeps its own few files.
 */
import { createHash } from 'node:crypto'
import type { Plugin, Rollup } from 'vite'

const WORKER = 'service-worker.js'

type File = Rollup.OutputAsset | Rollup.OutputChunk
type Bundle = Record<string, File>

const digest = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex').slice(0, 16)

const content = (file: File): string | Uint8Array => (file.type === 'chunk' ? file.code : file.source)

/** Every chunk, style and asset that `start` pulls in by static import, and by dynamic import if asked. */
function reach(bundle: Bundle, start: string[], dynamic: boolean): Set<string> {
  const seen = new Set<string>()
  const queue = [...start]
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const file = bundle[name]
    if (!file || seen.has(name)) continue
    seen.add(name)
    if (file.type !== 'chunk') continue
    queue.push(...file.imports, ...(dynamic ? file.dynamicImports : []))
    const meta = file.viteMetadata
    if (meta) queue.push(...meta.importedCss, ...meta.importedAssets)
  }
  return seen
}

const entryOf = (bundle: Bundle, page: string): string[] =>
  Object.values(bundle)
    .filter((file) => file.type === 'chunk' && file.isEntry && file.facadeModuleId?.endsWith(page))
    .map((file) => file.fileName)

/** Loaded after the first paint, but without them a phone without network could not record anything. */
const ESSENTIAL = ['/src/session/workspace.ts', '/src/sync/pass.ts']

const essential = (bundle: Bundle): string[] =>
  Object.values(bundle)
    .filter((file) => file.type === 'chunk' && ESSENTIAL.some((path) => file.facadeModuleId?.endsWith(path)))
    .map((file) => file.fileName)

/** Splits the built files into the two phases of the offline copy. */
export function phases(bundle: Bundle): { shell: string[]; kit: string[] } {
  const start = entryOf(bundle, '/pwa/index.html')
  // The rules are large and the first screen paints without them: they belong to the second phase.
  const shell = new Set([...reach(bundle, [...start, ...essential(bundle)], false)].filter((name) => !name.endsWith('.wasm')))
  const everything = reach(bundle, start, true)
  const other = ['/console/index.html', '/kiosk/index.html'].flatMap((page) => entryOf(bundle, page))
  const desk = reach(bundle, other, true)
  const isLate = (name: string): boolean => !shell.has(name) && (everything.has(name) || !desk.has(name))
  const kit = Object.keys(bundle).filter((name) => name !== WORKER && !name.endsWith('.html') && isLate(name))
  return { shell: [...shell, 'index.html'].sort(), kit: kit.sort() }
}

export const offlineShell = (): Plugin => ({
  name: 'offline-shell',
  apply: 'build',
  buildStart() {
    this.emitFile({ type: 'chunk', id: 'src/service-worker.ts', fileName: WORKER })
  },
  generateBundle: {
    order: 'post',
    handler(_options, output) {
      const bundle = output as unknown as Bundle
      const { shell, kit } = phases(bundle)
      const listed = (names: string[]): [string, string][] =>
        names.map((name) => ['/' + name.replace(/^index\.html$/, ''), digest(content(bundle[name] as File))])
      const list = JSON.stringify({ shell: listed(shell), kit: listed(kit) })
      const worker = bundle[WORKER]
      if (worker?.type !== 'chunk') throw new Error('the service worker was not built')
      worker.code = worker.code.replaceAll('__FILES__', list).replaceAll('__REVISION__', JSON.stringify(digest(list)))
    },
  },
})
