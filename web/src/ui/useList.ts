// A list of the desk, with the tag of what was seen of it.
import { useCallback, useEffect, useState } from "react";
import { ask } from "../api/client.ts";
import { tellError } from "../shell/toasts.ts";

export interface Seen<T> {
  items: T[];
  tag: string;
}

/** null: not there yet. `again` returns what it found. */
export function useList<T>(path: string): { seen: Seen<T> | null; again: () => Promise<Seen<T> | null> } {
  const [seen, setSeen] = useState<Seen<T> | null>(null);
  const again = useCallback(async () => {
    try {
      const { data, tag } = await ask<{ items: T[] }>(path);
      const found = { items: data.items, tag };
      setSeen(found);
      return found;
    } catch (error) {
      tellError(error);
      return null;
    }
  }, [path]);
  useEffect(() => {
    void again();
  }, [again]);
  return { seen, again };
}

export function useAnswer<T>(path: string): { data: T | null; again: () => Promise<T | null> } {
  const [data, setData] = useState<T | null>(null);
  const again = useCallback(async () => {
    try {
      const answer = (await ask<T>(path)).data;
      setData(answer);
      return answer;
    } catch (error) {
      tellError(error);
      return null;
    }
  }, [path]);
  useEffect(() => {
    void again();
  }, [again]);
  return { data, again };
}
