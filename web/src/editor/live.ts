// What callers get of the open flow, as others publish it and go back.
import { useEffect } from "react";
import { type FlowLine, version } from "../api/flows.ts";
import { useLive } from "../live.ts";
import { tellError } from "../shell/toasts.ts";
import { type Live, editor, set, useEditor } from "./store.ts";

/** What is live of a flow, else its newest version; null: it was never published. */
export async function liveOf(flow: string, line: FlowLine | undefined): Promise<Live | null> {
  const number = line?.live ?? line?.newest?.version ?? null;
  return number === null ? null : await liveAs(flow, number, line?.unreadable);
}

async function liveAs(flow: string, number: number, unreadable = ""): Promise<Live> {
  return { version: number, body: (await version(flow, number)).body, unreadable };
}

/** Callers get version `number` now. */
export async function adoptLive(number: number): Promise<void> {
  const { flow } = editor();
  const live = await liveAs(flow, number);
  if (editor().flow === flow) set({ live });
}

export function useFollowLive(): void {
  const flow = useEditor((state) => state.flow);
  const told = useLive((state) => state.flows[flow]?.live ?? null);
  useEffect(() => {
    if (told !== null && told !== editor().live?.version) adoptLive(told).catch(tellError);
  }, [flow, told]);
}
