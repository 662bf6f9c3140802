// Opening a flow: its draft, or what is live if there is none, and all there is to choose from.
import { type PromptLine, destinations, mailboxes, prompts, queues } from "../api/centre.ts";
import { type FlowLine, content, draftOf, flows, nodeKinds, version } from "../api/flows.ts";
import type { Draft, Layout, Places } from "../flow/body.ts";
import { draftHash } from "../flow/canonical.ts";
import { begin } from "../flow/history.ts";
import type { Kinds } from "../flow/kinds.ts";
import { freePlace, missingPlaces } from "../flow/place.ts";
import { liveOf } from "./live.ts";
import { forgetSent, sentOf } from "./sent.ts";
import { type Known, open, set } from "./store.ts";

const TRIES = 10;
const PAUSE_MS = 200;

interface Found {
  draft: Draft;
  lock: string;
  at: number;
  basedOn: number | null;
}

export async function openFlow(flow: string, mayEdit: boolean): Promise<void> {
  const [kinds, lines] = await Promise.all([nodeKinds(), flows()]);
  const line = lines.find(({ name }) => name === flow);
  const found = await arrived(flow, line?.draft ? await storedDraft(flow) : await begun(flow, line));
  // What was sent and never stored is what one goes on with; it is saved again.
  const unsaved = sentOf(flow)?.draft;
  const draft = await withPlaces(found.draft, kinds);
  open({
    flow,
    mayEdit,
    kinds,
    known: await knownTo(draft, lines),
    history: begin(unsaved ?? draft),
    live: await liveOf(flow, line),
    basedOn: found.basedOn,
    saving: { state: unsaved ? "waiting" : found.lock === "0" ? "published" : "saved", at: found.at, lock: found.lock, hash: draftHash(draft), base: draft },
  });
}

/** The draft once what was sent before the page was loaded anew is stored, if that ever happens. */
async function arrived(flow: string, found: Found): Promise<Found> {
  const sent = sentOf(flow);
  let now = found;
  for (let tries = 0; sent && now.lock === sent.lock && tries < TRIES; tries += 1) {
    await new Promise((go) => setTimeout(go, PAUSE_MS));
    now = await storedDraft(flow).catch(() => now);
  }
  if (now.lock !== sent?.lock) forgetSent(flow);
  return now;
}

async function storedDraft(flow: string): Promise<Found> {
  const { lock, updated_at, based_on, body, layout, tests } = await draftOf(flow);
  return { draft: { body, layout: placesOf(layout), tests }, lock: String(lock), at: Date.parse(updated_at), basedOn: based_on };
}

/** What a new draft begins with. */
async function begun(flow: string, line: FlowLine | undefined): Promise<Found> {
  // One that the program cannot read is shown as it was stored, so that it can be mended or gone back from.
  const number = line?.unreadable ? (line.live ?? line.newest?.version) : undefined;
  const { body, layout, tests, version: of } = await (number === undefined ? content(flow) : version(flow, number));
  return { draft: { body, layout: placesOf(layout), tests }, lock: "0", at: 0, basedOn: of };
}

/** A layout may be empty. */
export function placesOf(layout: Partial<Layout>): Layout {
  return { nodes: layout.nodes ?? {} };
}

async function knownTo(draft: Draft, lines: FlowLine[]): Promise<Known> {
  const language = draft.body.languages?.[0] ?? "en";
  const [queue, destination, mailbox, spoken] = await Promise.all([queues(), destinations(), mailboxes(), prompts(language)]);
  const zones = Intl.supportedValuesOf("timeZone");
  return {
    flows: lines,
    names: {
      ...promptsFrom(spoken).names,
      queue,
      destination,
      mailbox,
      flow: lines.map(({ name }) => name),
      language: ["en", "es", "fr"],
      "time zone": ["UTC", ...zones],
      key: [..."1234567890*#"],
      currency: ["EUR", "GBP", "USD"],
    },
    prompts: promptsFrom(spoken).prompts,
  };
}

function promptsFrom(spoken: PromptLine[]): { names: { prompt: string[] }; prompts: Map<string, string> } {
  return {
    names: { prompt: spoken.flatMap(({ key, piece }) => (piece ? [] : key)) },
    prompts: new Map(spoken.map(({ key, text }) => [key, text])),
  };
}

/** What prompts say was changed meanwhile. */
export function noteWords(spoken: PromptLine[]): void {
  const { names, prompts } = promptsFrom(spoken);
  set(({ known }) => ({ known: { ...known, names: { ...known.names, ...names }, prompts } }));
}

/** `draft` with a place for every node. dagre is loaded only if there are none at all. */
async function withPlaces(draft: Draft, kinds: Kinds): Promise<Draft> {
  const missing = missingPlaces(draft.body, draft.layout.nodes);
  if (missing.length === 0) return draft;
  const all = missing.length === Object.keys(draft.body.nodes).length;
  const places: Places = all ? await arrangedPlaces(draft, kinds) : { ...draft.layout.nodes };
  const below = Math.max(0, ...Object.values(places).map(({ y }) => y)) + 200;
  for (const name of all ? [] : missing) places[name] = freePlace(draft.body, places, kinds, { x: 0, y: below });
  return { ...draft, layout: { nodes: places } };
}

export async function arrangedPlaces(draft: Draft, kinds: Kinds): Promise<Places> {
  const { arranged } = await import("../flow/arrange.ts");
  return arranged(draft.body, kinds);
}
