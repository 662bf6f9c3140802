// What the desk says now, asked for again and again while somebody looks.
import { useCallback, useEffect, useState } from "react";
import { get } from "../api/client.ts";
import { tellError } from "../shell/toasts.ts";

/** null: not there yet. What fails is told the first time; what was seen last stays. */
export function usePolled<T>(path: string, everyMs: number): { data: T | null; again: () => Promise<void> } {
  const [data, setData] = useState<T | null>(null);
  const again = useCallback(async () => setData(await get<T>(path)), [path]);
  useEffect(() => {
    let failed = false;
    const look = async () => {
      if (document.hidden) return;
      try {
        await again();
        failed = false;
      } catch (error) {
        if (!failed) tellError(error);
        failed = true;
      }
    };
    void look();
    const timer = setInterval(() => void look(), everyMs);
    return () => clearInterval(timer);
  }, [again, everyMs]);
  return { data, again };
}
