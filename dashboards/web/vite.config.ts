// How the pages are built: one script, one style sheet, fixed names, nothing inline, so that the output can be
// committed, compared, and served under a policy that forbids everything else.
import { defineConfig } from "vite";

const NOTICE = "/*! Belfry, Apache-2.0. Holds Preact (MIT), Copyright (c) 2015-present Jason Miller. */";

export default defineConfig({
  // Relative, so that the pages also work behind a proxy that puts them under a path.
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    outDir: "dist",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    reportCompressedSize: true,
    rolldownOptions: {
      output: {
        // After minifying, which drops comments.
        postBanner: NOTICE,
        entryFileNames: "assets/app.js",
        assetFileNames: "assets/app[extname]",
      },
    },
  },
});
