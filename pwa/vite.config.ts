/** Three pages from one code base: `/` for phones, `/console` for wide screens, `/kiosk` for terminals. */
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { offlineShell } from './build/offline-shell'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const server = process.env['DAOCHANG_SERVER'] ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [vue(), offlineShell()],
  define: {
    __BUILD__: JSON.stringify(process.env['DAOCHANG_BUILD'] ?? 'dev'),
    // No component uses the options API; without it Vue is 3 KB smaller.
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
  },
  resolve: { alias: { '@': here('src') } },
  build: {
    target: 'es2020',
    // The content security policy allows no `data:` outside pictures, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { phone: here('index.html'), console: here('console/index.html'), kiosk: here('kiosk/index.html') },
      output: {
        // One file for what hardly ever changes: it stays cached over updates of the app.
        codeSplitting: { groups: [{ name: 'vue', test: /node_modules\/(@vue|vue|vue-router)\// }] },
      },
    },
  },
  worker: { format: 'es' },
  server: { proxy: { '/api': server, '/t': server } },
})
