// Built into desk/screens, which the desk serves at "/": hashed assets for ever, index.html each time anew.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { constants, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const OUT = join(import.meta.dirname, "../desk/screens");
const PACKED = /\.(js|css|html|svg)$/;

// The desk sends `<asset>.gz` to browsers that take it; level 9 and no time stamp, so that two builds are the same bytes.
function packed(): Plugin {
  let out = OUT;
  return {
    name: "packed",
    apply: "build",
    configResolved(config) {
      out = resolve(config.root, config.build.outDir);
    },
    closeBundle() {
      for (const entry of readdirSync(out, { recursive: true, encoding: "utf8" })) {
        if (PACKED.test(entry)) {
          const path = join(out, entry);
          writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: constants.Z_BEST_COMPRESSION }));
        }
      }
    },
  };
}

export default defineConfig({
  base: "/",
  build: { outDir: OUT, emptyOutDir: true, manifest: true, target: "es2022", modulePreload: { polyfill: false } },
  plugins: [packed()],
  server: { proxy: { "/api": process.env.DESK ?? "http://localhost:8080" } },
});
