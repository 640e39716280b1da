import { defineConfig } from 'vite';

/**
 * The build of the page: index.html for `/`, and files with hashed names for `/console/`. The daemon serves
 * them with a strict content security policy: no script, style or image may be inside the HTML, so nothing is
 * inlined and nothing is preloaded by a script of Vite.
 */
export default defineConfig({
  base: '/console/',
  publicDir: false,
  build: {
    outDir: '../../dist/console',
    emptyOutDir: true,
    assetsDir: '.',
    assetsInlineLimit: 0,
    modulePreload: false,
    target: 'es2022',
    reportCompressedSize: false,
  },
});
