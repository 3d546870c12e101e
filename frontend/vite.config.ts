import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** KaTeX offers each font three times; every browser this page runs in reads woff2, so the other two are left out. */
function woff2Only(): Plugin {
  return {
    name: 'woff2-only',
    enforce: 'pre',
    transform(code, id) {
      if (!/katex[^/]*\.css/.test(id)) return null;
      return code.replace(/,\s*url\([^)]*\.(?:woff|ttf)\)\s*format\(["'](?:woff|truetype)["']\)/g, '');
    },
  };
}

const EVERYWHERE = /src\/(?:api\/(?:client|problem|queries)|ui\/(?:Name|Scroller|Status|usePage)|lib\/format|i18n\/(?:index|told))\.|openapi-fetch|wouter|i18next|@tanstack\/.*\/(?!.*(?:mutation|infinite))/i;

const backend = process.env.ARENA_DEV_BACKEND ?? 'http://127.0.0.1:8000';

export default defineConfig({
  plugins: [woff2Only(), react()],
  build: {
    outDir: '../app/web/dist',
    emptyOutDir: true,
    // The page's policy allows fonts and scripts from files only, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The vote page's chunk holds KaTeX and the markdown parser; the browser test holds the budget.
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      output: {
        // What every page needs is one file: in many small ones the same scripts are a kilobyte longer.
        codeSplitting: { groups: [{ name: 'site', test: EVERYWHERE }] },
      },
    },
  },
  server: {
    proxy: Object.fromEntries(
      ['/api', '/openapi.json', '/docs', '/healthz', '/readyz'].map((path) => [path, backend]),
    ),
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/testing.ts'],
    restoreMocks: true,
  },
});
