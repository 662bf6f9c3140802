// What happens at the desk while we look: who has a draft open, what was published. One WebSocket for the page.
import { create } from "zustand";
import { signedOut } from "./api/client.ts";
import type { Role } from "./api/session.ts";

interface Presence {
  name: string;
  tabs: number;
}

export interface DraftNews {
  lock: number | null;
  author: string | null;
  open: Presence[];
}

export interface FlowNews {
  live: number | null;
}

export interface ClosedNews {
  prompt: string;
  by: string;
  since: string;
}

interface News {
  closure: Record<string, ClosedNews | null>;
  drafts: Record<string, DraftNews>;
  flows: Record<string, FlowNews>;
  lists: Record<string, number>;
  trials: Record<string, [flow: string, node: string, exit: string][]>;
}

type Topic = keyof News;

interface Live extends News {
  me: string;
}

interface Message {
  type: "hello" | "snapshot" | "delta" | "resync" | "error";
  topic?: Topic;
  seq?: number;
  boot?: string;
  name?: string;
  role?: Role;
  data?: Record<string, unknown> & { set?: Record<string, unknown>; gone?: string[] };
}

// Others are refused what is not theirs.
const FOR_ALL: Topic[] = ["closure"];
const FOR_FLOWS: Topic[] = ["drafts", "flows", "lists"];
const FOR_ADMINS: Topic[] = ["trials"];
const SEE_FLOWS: Role[] = ["admin", "supervisor"];
const SIGNED_OUT = 4401;
const [SOONEST_MS, LATEST_MS] = [1_000, 15_000];

export const useLive = create<Live>(() => ({ me: "", closure: {}, drafts: {}, flows: {}, lists: {}, trials: {} }));

let socket: WebSocket | null = null;
let opened: string | null = null;
let boot = "";
let seen: Partial<Record<Topic, number>> = {};

/** Listen until the function that is returned is called. */
export function listen(): () => void {
  let wait = SOONEST_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  const begin = () => {
    const own = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/live`);
    socket = own;
    own.onopen = () => {
      wait = SOONEST_MS;
    };
    own.onmessage = ({ data }) => take(JSON.parse(String(data)) as Message);
    own.onclose = ({ code }) => {
      if (isOver) return;
      if (code === SIGNED_OUT) return signedOut();
      timer = setTimeout(begin, wait);
      wait = Math.min(2 * wait, LATEST_MS);
    };
  };
  begin();
  return () => {
    isOver = true;
    clearTimeout(timer);
    socket?.close();
    socket = null;
  };
}

/** Tell the others which flow is open here; null: none. */
export function openHere(flow: string | null): void {
  opened = flow;
  send({ open: flow === null ? null : { flow } });
}

function send(message: object): void {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function take({ type, topic, seq, data, ...more }: Message): void {
  if (type === "hello") {
    if (more.boot !== boot) seen = {};
    boot = more.boot ?? "";
    useLive.setState({ me: more.name ?? "" });
    const sub = [...FOR_ALL, ...(more.role && SEE_FLOWS.includes(more.role) ? FOR_FLOWS : []), ...(more.role === "admin" ? FOR_ADMINS : [])];
    send({ sub, since: seen, ...(boot ? { boot } : {}), open: opened === null ? null : { flow: opened } });
  }
  if (!topic || !data) return;
  if (seq !== undefined) seen[topic] = seq;
  useLive.setState((was) => ({ [topic]: type === "snapshot" ? data : changed(was[topic], data) }));
}

function changed(was: object, { set = {}, gone = [] }: NonNullable<Message["data"]>): object {
  const kept = Object.entries(was).filter(([key]) => !gone.includes(key));
  return { ...Object.fromEntries(kept), ...set };
}

/** Who else has that flow open; the same person in another window counts as well. */
export function othersIn({ drafts, me }: Live, flow: string): string {
  const open = drafts[flow]?.open ?? [];
  return open.flatMap(({ name, tabs }) => (name !== me || tabs > 1 ? name : [])).join(", ");
}
