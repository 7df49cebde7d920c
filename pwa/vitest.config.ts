import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [vue()],
  define: { __BUILD__: JSON.stringify('test') },
  resolve: { alias: { '@': fileURLToPath(new URL('src', import.meta.url)) } },
  test: { environment: 'node', include: ['test/**/*.test.ts', 'src/**/*.test.ts'], testTimeout: 10_000 },
})
