// The simulated call: all steps are sent each time, so a step back is one step fewer.
import { create } from "zustand";
import { type Simulation, simulate } from "../api/flows.ts";
import { reveal, set as setEditor, theDraft, editor } from "../editor/store.ts";
import type { Fields, Step } from "../flow/body.ts";
import { traceOf } from "../flow/trace.ts";
import { tellError } from "../shell/toasts.ts";

interface State {
  given: Fields;
  steps: Step[];
  /** How many lines had been heard before each step. */
  marks: number[];
  shown: Simulation | null;
  busy: boolean;
}

export const useCall = create<State>(() => ({ given: {}, steps: [], marks: [], shown: null, busy: false }));

/** Whether the call has ended. */
export function over({ end }: Simulation): boolean {
  return end !== null;
}

let newest = 0;

async function run(given: Fields, steps: Step[], marks: number[]): Promise<void> {
  newest += 1;
  const own = newest;
  const { flow } = editor();
  useCall.setState({ busy: true, given, steps, marks });
  try {
    const shown = await simulate(flow, theDraft().body, given, steps);
    if (own !== newest || editor().flow !== flow) return;
    useCall.setState({ shown, busy: false });
    showTrace();
  } catch (error) {
    if (own === newest) useCall.setState({ busy: false });
    tellError(error);
  }
}

/** Show on the canvas where the call is, and how it came there. */
export function showTrace(): void {
  const { shown } = useCall.getState();
  if (!shown) return;
  const trace = traceOf(shown.path, editor().flow);
  setEditor({ trace });
  if (trace.current !== null) reveal(trace.current, false);
}

export const begin = () => run(useCall.getState().given, [], []);

export function take(step: Step): Promise<void> {
  const { given, steps, marks, shown } = useCall.getState();
  return run(given, [...steps, step], [...marks, shown?.heard.length ?? 0]);
}

export function stepBack(): Promise<void> {
  const { given, steps, marks } = useCall.getState();
  return run(given, steps.slice(0, -1), marks.slice(0, -1));
}

/** Another world, the same steps: played again one by one, so that each stands after what was heard before it. */
export async function withGiven(given: Fields): Promise<void> {
  const { steps } = useCall.getState();
  await replay(given, steps);
}

export async function replay(given: Fields, steps: Step[]): Promise<void> {
  await run(given, [], []);
  for (const step of steps) {
    const { shown } = useCall.getState();
    if (shown?.failure) break;
    await take(step);
  }
}

/** Forget the call, as another flow is opened. */
export function forget(): void {
  newest += 1;
  useCall.setState({ given: {}, steps: [], marks: [], shown: null, busy: false });
}
