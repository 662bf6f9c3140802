// A list that comes in parts: the first at once, more when asked; what is shown is asked for anew when `round` says so.
import { useCallback, useEffect, useRef, useState } from "react";
import { get } from "../api/client.ts";
import { tellError } from "../shell/toasts.ts";

interface Part<T> {
  items: T[];
  next: string | null;
}

const PART = 50;
const MOST = 1_000;

/** `path` has its query already, but for limit and cursor. null: not there yet. */
export function usePages<T>(path: string, round: string) {
  const [part, setPart] = useState<Part<T> | null>(null);
  const shown = useRef(PART);
  const latest = useRef(0);
  const told = useRef("");
  const ask = useCallback(
    (limit: number, cursor: string | null, unattended = false) => get<Part<T>>(`${path}&limit=${limit}${cursor ? `&cursor=${cursor}` : ""}`, { unattended }),
    [path],
  );
  useEffect(() => {
    shown.current = PART;
    setPart(null);
  }, [path]);
  useEffect(() => {
    const own = ++latest.current;
    const isSame = told.current === path;
    told.current = path;
    ask(Math.min(MOST, shown.current), null, isSame).then((found) => own === latest.current && setPart(found), tellError);
  }, [ask, path, round]);
  const more = async () => {
    if (!part?.next) return;
    const own = ++latest.current;
    const found = await ask(PART, part.next);
    if (own !== latest.current) return;
    shown.current = part.items.length + PART;
    setPart({ items: [...part.items, ...found.items], next: found.next });
  };
  return { items: part?.items ?? null, more: part?.next ? () => void more().catch(tellError) : null };
}
