import { defineConfig } from 'vitest/config';
import react from '@vitejs/plugin-react';

// `npm run dev` passes the API on to a server that runs (script/demo); SALESFLOW_WEB_OUT is set by cmake/BuildWeb.cmake.
const server = process.env.SALESFLOW_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: `${process.env.SALESFLOW_WEB_OUT ?? 'out'}/dist`,
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      // Libraries change less often than screens do: browsers keep them across versions.
      output: { manualChunks: (id) => (/node_modules\/(react|react-dom|scheduler|react-aria[^/]*|@react-aria|@react-stately|@internationalized)\//.test(id) ? 'ui' : undefined) },
    },
  },
  server: { proxy: { '/api': server, '/openapi.json': server } },
  test: { environment: 'jsdom', include: ['src/**/*.test.{ts,tsx}'] },
});
