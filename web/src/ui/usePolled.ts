// What the desk says now, asked for again and again while somebody looks.
import { useCallback, useEffect, useState } from "react";
import { get } from "../api/client.ts";
import { tellError } from "../shell/toasts.ts";

/** null: not there yet. What fails is told the first time; what was seen last stays. */
export function usePolled<T>(path: string, everyMs: number): { data: T | null; again: () => Promise<void> } {
  const [data, setData] = useState<T | null>(null);
  const look = useCallback(async (unattended: boolean) => setData(await get<T>(path, { unattended })), [path]);
  const again = useCallback(() => look(false), [look]);
  useEffect(() => {
    let failed = false;
    const lookBy = async (unattended: boolean) => {
      if (document.hidden) return;
      try {
        await look(unattended);
        failed = false;
      } catch (error) {
        if (!failed) tellError(error);
        failed = true;
      }
    };
    void lookBy(false);
    const timer = setInterval(() => void lookBy(true), everyMs);
    return () => clearInterval(timer);
  }, [look, everyMs]);
  return { data, again };
}
