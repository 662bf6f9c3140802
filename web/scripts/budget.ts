// What a browser fetches before the editor stands, gzipped; more than the budget fails the build.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const OUT = join(import.meta.dirname, "../../desk/screens");
const BUDGETS_KB: Record<string, number> = { "src/editor/EditorPage.tsx": 170, "index.html": 90 };

interface Chunk {
  file: string;
  css?: string[];
  imports?: string[];
}

const manifest = JSON.parse(readFileSync(join(OUT, ".vite/manifest.json"), "utf8")) as Record<string, Chunk>;

function filesOf(entry: string, found = new Set<string>()): Set<string> {
  const chunk = manifest[entry];
  if (!chunk || found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const style of chunk.css ?? []) found.add(style);
  for (const inner of chunk.imports ?? []) filesOf(inner, found);
  return found;
}

let isOver = false;
for (const [entry, budget] of Object.entries(BUDGETS_KB)) {
  // The editor stands on the entry page, whatever it shares with it.
  const files = new Set([...filesOf("index.html"), ...filesOf(entry)]);
  const size = [...files].reduce((sum, file) => sum + statSync(join(OUT, `${file}.gz`)).size, 0) / 1000;
  const isMore = size > budget;
  isOver ||= isMore;
  console.log(`${entry}: ${size.toFixed(1)} kB gzip of ${budget} kB${isMore ? " – too much" : ""}`);
}
if (isOver) process.exit(1);
