// The kinds of node as lists to choose from.
import type { Kinds } from "../flow/kinds.ts";

export interface KindLine {
  kind: string;
  title: string;
  group: string;
  help: string;
}

/** What a kind does, in a sentence. */
export function firstLine(help: string): string {
  return (help.split("\n")[0] ?? "").replaceAll("`", "");
}

/** Kinds whose title, name or help has `typed`, those whose title begins with it first. */
export function kindsLike(kinds: Kinds, typed: string): KindLine[] {
  const words = typed.trim().toLowerCase();
  const lines = Object.entries(kinds).map(([kind, { title, group, help }]) => ({ kind, title, group, help: firstLine(help) }));
  const rank = ({ kind, title, help }: KindLine) => {
    if (kind.startsWith(words) || title.toLowerCase().startsWith(words)) return 0;
    if (title.toLowerCase().includes(words)) return 1;
    return help.toLowerCase().includes(words) ? 2 : 3;
  };
  const found = lines.filter((line) => rank(line) < 3);
  return words ? found.sort((a, b) => rank(a) - rank(b)) : found;
}

export function groupsOf(lines: KindLine[]): [string, KindLine[]][] {
  const groups = [...new Set(lines.map(({ group }) => group))];
  return groups.flatMap((group): [string, KindLine[]][] => {
    const own = lines.filter((line) => line.group === group);
    return own.length > 0 ? [[group, own]] : [];
  });
}
