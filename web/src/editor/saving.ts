// Autosave: shortly after the last change, with the number of the draft it builds upon; never over somebody else's.
import { ApiError } from "../api/client.ts";
import { type StoredDraft, check, content, saveDraft } from "../api/flows.ts";
import type { Draft } from "../flow/body.ts";
import { draftHash } from "../flow/canonical.ts";
import { begin } from "../flow/history.ts";
import { marksOf } from "../flow/problems.ts";
import { tell, tellError } from "../shell/toasts.ts";
import { T } from "../texts.ts";
import { placesOf } from "./loading.ts";
import { forgetSent, keepSent, sentOf } from "./sent.ts";
import { type Saving, type Theirs, editor, say, set, showProblems, theDraft, useEditor } from "./store.ts";

const AFTER_MS = 800;
const RETRY_MS = 5_000;
/** The lock of a draft that the desk does not have. */
export const UNSAVED = "0";

let timer: ReturnType<typeof setTimeout> | undefined;
let running: Promise<void> | null = null;

/** Begin to save by itself; returns what ends it. */
export function autosave(): () => void {
  const stop = useEditor.subscribe((state, before) => {
    if (state.history.draft !== before.history.draft && state.flow === before.flow) changed();
  });
  return () => {
    stop();
    clearTimeout(timer);
  };
}

let leaving: Promise<unknown> = Promise.resolve();

/** Save for the last time, then `close`. */
export function leave(close: () => void): void {
  leaving = saveNow().finally(close);
}

/** Resolves when the last save of what was open before is over: who opens it again must not meet themselves. */
export function left(): Promise<unknown> {
  return leaving;
}

function changed(): void {
  const { saving } = editor();
  if (saving.state === "conflict") return;
  saved({ state: "waiting" });
  later(AFTER_MS);
}

function later(ms: number): void {
  clearTimeout(timer);
  timer = setTimeout(() => void saveNow(), ms);
}

function saved(change: Partial<Saving>): void {
  set(({ saving }) => ({ saving: { ...saving, ...change } }));
}

/** Save what is not saved; resolves when the desk has it, or when it cannot be saved now. */
export async function saveNow(): Promise<boolean> {
  clearTimeout(timer);
  if (running) await running;
  const { mayEdit, saving } = editor();
  if (!mayEdit || saving.state === "conflict") return false;
  const draft = theDraft();
  const hash = draftHash(draft);
  if (hash === saving.hash) {
    if (saving.state === "waiting") saved({ state: saving.lock === UNSAVED ? "published" : "saved" });
    return true;
  }
  running = send(draft, hash);
  await running;
  running = null;
  return editor().saving.hash === draftHash(theDraft());
}

async function send(draft: Draft, hash: string): Promise<void> {
  const { flow, saving, basedOn } = editor();
  // Sent before, and the answer was lost.
  const before = sentOf(flow)?.hash ?? "";
  saved({ state: "saving" });
  keepSent(flow, { draft, lock: saving.lock, hash });
  try {
    const { lock, problems } = await saveDraft(flow, draft, saving.lock, basedOn);
    forgetSent(flow);
    if (editor().flow !== flow) return;
    saved({ state: "saved", at: Date.now(), lock, hash, base: draft });
    showProblems(problems);
    if (theDraft() !== draft) changed();
  } catch (error) {
    if (!(error instanceof ApiError && error.code === "unreachable")) forgetSent(flow);
    if (editor().flow === flow) await notSaved(error, before);
  }
}

async function notSaved(error: unknown, before: string): Promise<void> {
  if (error instanceof ApiError && error.status === 412) return differ(theirsIn(error) ?? (await published()), before);
  saved({ state: "failed" });
  tell(error instanceof ApiError && error.code === "unreachable" ? T.unreachable : (error as Error).message, "error");
  later(RETRY_MS);
}

/** Theirs was stored after what mine builds upon. If it says the same, or is what was sent before from here, all is well. */
function differ(theirs: Theirs, before: string): void {
  const hash = draftHash(theirs.draft);
  if (hash === draftHash(theDraft()) && theirs.lock !== UNSAVED) {
    saved({ state: "saved", at: Date.now(), lock: theirs.lock, hash, base: theirs.draft });
  } else if (hash === editor().saving.hash || hash === before) {
    saved({ state: "waiting", lock: theirs.lock });
    later(AFTER_MS);
  } else {
    saved({ state: "conflict" });
    set({ theirs, dialog: "conflict" });
  }
}

function theirsIn(error: ApiError): Theirs | null {
  const theirs = error.answer.theirs as StoredDraft | null;
  if (!theirs) return null;
  const { body, layout, tests, lock, author, updated_at } = theirs;
  return { draft: { body, layout: placesOf(layout), tests }, lock: String(lock), author, at: updated_at };
}

/** The draft was published or deleted meanwhile: what a new one begins with. */
async function published(): Promise<Theirs> {
  const { body, layout, tests, version } = await content(editor().flow);
  set({ basedOn: version });
  return { draft: { body, layout: placesOf(layout), tests }, lock: UNSAVED, author: T.conflict.somebody, at: new Date().toISOString() };
}

/** End a conflict with `draft`, which was made from both sides; undo still goes back to mine. */
export async function settle(draft: Draft): Promise<void> {
  const { theirs, history } = editor();
  if (!theirs) return;
  const mine = begin(draft);
  set({
    history: { ...mine, past: [...history.past, { draft: history.draft, selected: history.selected }] },
    theirs: null,
    dialog: null,
    exit: null,
  });
  saved({ state: "waiting", lock: theirs.lock, hash: draftHash(theirs.draft), base: theirs.draft });
  await saveNow();
}

/** Ask the desk what is wrong with the draft as it is here. */
export async function checkNow(): Promise<void> {
  const { flow, mayEdit } = editor();
  try {
    if (mayEdit) await saveNow();
    const { problems } = await check(flow, theDraft());
    showProblems(problems);
    const { errors, warnings } = marksOf(problems);
    say(T.problems.checked(errors, warnings));
  } catch (error) {
    tellError(error);
  }
}
