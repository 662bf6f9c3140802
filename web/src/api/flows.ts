// Flows: drafts, versions, checks, simulation and traffic, as /api/v1 has them.
import type { Draft, Fields, FlowBody, Step, TestCase } from "../flow/body.ts";
import type { TrafficRow } from "../flow/heat.ts";
import { type Kinds, withPlainTypes } from "../flow/kinds.ts";
import type { Problem } from "../flow/problems.ts";
import type { Heard } from "../flow/talk.ts";
import type { Passed } from "../flow/trace.ts";
import { ask, get, post } from "./client.ts";

export interface Listing<T> {
  items: T[];
  next: string | number | null;
}

export interface FlowLine {
  name: string;
  about: string;
  /** It comes with the program; callers hear it so until it is published. */
  shipped: boolean;
  live: number | null;
  newest: VersionLine | null;
  aliases: { alias: string; version: number }[];
  draft: { author: string; updated_at: string; lock: number; errors: number; warnings: number } | null;
  numbers: { did: string; alias: string }[];
  /** Why the program cannot read what callers hear; "": it can. */
  unreadable: string;
}

export interface Content extends Draft {
  /** null: as shipped, never published here. */
  version: number | null;
}

export interface StoredDraft extends Draft {
  lock: number;
  author: string;
  updated_at: string;
  based_on: number | null;
}

export interface VersionLine {
  version: number;
  author: string;
  message: string;
  created_at: string;
  aliases: string[];
}

export interface Simulation {
  heard: Heard[];
  path: Passed[];
  at: { flow: string; node: string };
  waiting_for: string;
  asks: { keys: string; max_digits: number; phrases: Record<string, string[]> } | null;
  variables: Fields;
  intent: string;
  language: string;
  queue: string;
  performed: { kind: string; fields: Fields }[];
  end: { end: string; cause: number | null; outcome: string; reason: string } | null;
  failure: { step: number; text: string; needs: string } | null;
}

export interface TestsRun {
  passed: number;
  failed: number;
  cases: { name: string; passed: boolean; failures: string[] }[];
  /** `missed`: nodes, and exits as `node -> exit`. */
  coverage: { share: number; missed: string[] };
}

export interface CallLine {
  id: string;
  entered_at: string;
  caller: string | null;
  outcome: string | null;
  version: number;
}

export interface Trail {
  visits: (Passed & { at: string })[];
}

const of = (flow: string) => `/flows/${encodeURIComponent(flow)}`;

export async function nodeKinds(): Promise<Kinds> {
  const { kinds, groups } = await get<{ kinds: Kinds; groups: string[] }>("/node-kinds");
  const place = (group: string) => (groups.includes(group) ? groups.indexOf(group) : groups.length);
  const ordered = Object.entries(kinds).sort(([, a], [, b]) => place(a.group) - place(b.group));
  return Object.fromEntries(ordered.map(([name, kind]) => [name, { ...kind, group: kind.group.toLowerCase(), schema: withPlainTypes(kind.schema) }]));
}

export const flows = async () => (await get<Listing<FlowLine>>("/flows")).items;
export const content = (flow: string) => get<Content>(`${of(flow)}/content`);
export const draftOf = (flow: string) => get<StoredDraft>(`${of(flow)}/draft`);
export const check = (flow: string, { body, tests }: Draft) => post<{ problems: Problem[] }>(`${of(flow)}/check`, { body, tests });
export const versions = async (flow: string) => (await get<Listing<VersionLine>>(`${of(flow)}/versions`)).items;
export const version = (flow: string, number: number) => get<Draft & VersionLine>(`${of(flow)}/versions/${number}`);

/** An alias stands for another version now. `problems`: what is wrong with that one by the rules of today. */
export interface Moved {
  version: number;
  problems: Problem[];
}

export interface Move {
  alias: string;
  /** null: the version before. */
  to: number | null;
  /** Although it has faults by the rules of today. */
  anyway: boolean;
}

/** Throws ApiError 422 with the problems of a version that is not taken but by `anyway`. */
export const rollback = (flow: string, { alias, to, anyway }: Move) =>
  post<Moved>(`${of(flow)}/rollback`, { alias, anyway, ...(to === null ? {} : { to }) });
/** As `rollback`, also for an alias that stands for nothing yet. */
export const pointAlias = (flow: string, { alias, to, anyway }: Move) => post<Moved>(`${of(flow)}/aliases/${alias}`, { version: to, anyway });

interface Saved {
  lock: string;
  problems: Problem[];
}

export async function saveDraft(flow: string, draft: Draft, lock: string, basedOn: number | null): Promise<Saved> {
  const { body, layout, tests } = draft;
  const { data } = await ask<{ lock: number; problems: Problem[] }>(`${of(flow)}/draft`, {
    method: "PUT",
    ifMatch: lock,
    body: { body, layout, tests, based_on: basedOn },
  });
  return { lock: String(data.lock), problems: data.problems };
}

export interface Publication {
  message: string;
  alias: string;
  lock: string;
  anyway: boolean;
}

export const publish = (flow: string, what: Publication) =>
  post<{ version: number }>(`${of(flow)}/publish`, { ...what, lock: Number(what.lock) });

export const simulate = (flow: string, body: FlowBody, given: Fields, steps: Step[]) =>
  post<Simulation>(`${of(flow)}/simulate`, { body, given, steps });
export const record = (flow: string, body: FlowBody, name: string, given: Fields, steps: Step[]) =>
  post<{ case: TestCase }>(`${of(flow)}/record`, { body, given, steps, name });
export const runTests = (flow: string, { body, tests }: Draft) => post<TestsRun>(`${of(flow)}/tests/run`, { body, tests });

export const traffic = async (flow: string, since: string) =>
  (await get<{ rows: TrafficRow[] }>(`${of(flow)}/traffic?since=${since}`)).rows;
export const calls = async (flow: string, node: string, exit: string, since: string) =>
  (await get<Listing<CallLine>>(`${of(flow)}/calls?since=${since}&node=${node}&exit=${exit}`)).items;
export const trail = (call: string) => get<Trail>(`/calls/${encodeURIComponent(call)}/trail`);
