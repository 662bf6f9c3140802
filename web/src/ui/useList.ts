// A list of the desk, with the tag of what was seen of it; asked for anew when somebody changes it.
import { useCallback, useEffect, useRef, useState } from "react";
import { type Answer, ask } from "../api/client.ts";
import { useLive } from "../live.ts";
import { tellError } from "../shell/toasts.ts";

export interface Seen<T> {
  items: T[];
  tag: string;
}

/** Does `act` at once, and whenever somebody changes one of these, as the audit log calls them; then `act(true)`. */
export function useFollowed(follows: string[], act: (unattended: boolean) => unknown): void {
  const mark = useLive(({ lists }) => follows.map((name) => lists[name] ?? 0).join());
  const done = useRef<unknown>(null);
  useEffect(() => {
    const isSame = done.current === act;
    done.current = act;
    void act(isSame);
  }, [act, mark]);
}

function useAsked<T, U>(path: string, follows: string[], made: (answer: Answer<T>) => U) {
  const [found, setFound] = useState<U | null>(null);
  const look = useCallback(
    async (unattended: boolean) => {
      try {
        const now = made(await ask<T>(path, { unattended }));
        setFound(now);
        return now;
      } catch (error) {
        if (!unattended) tellError(error);
        return null;
      }
    },
    [path, made],
  );
  useFollowed(follows, look);
  return { found, again: useCallback(() => look(false), [look]) };
}

const NOTHING: string[] = [];
const withTag = <T>({ data, tag }: Answer<{ items: T[] }>): Seen<T> => ({ items: data.items, tag });
const dataOf = <T>({ data }: Answer<T>) => data;

/** null: not there yet. `again` returns what it found. */
export function useList<T>(path: string, follows = NOTHING): { seen: Seen<T> | null; again: () => Promise<Seen<T> | null> } {
  const { found, again } = useAsked<{ items: T[] }, Seen<T>>(path, follows, withTag);
  return { seen: found, again };
}

export function useAnswer<T>(path: string, follows = NOTHING): { data: T | null; again: () => Promise<T | null> } {
  const { found, again } = useAsked<T, T>(path, follows, dataOf);
  return { data: found, again };
}
