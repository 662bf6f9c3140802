// A simulated call as a conversation: what was heard and what the caller did, in the order in which it came.
import type { Step } from "./body.ts";

export interface Heard {
  at_s: number;
  text: string;
  key: string;
  language: string;
}

export type Bubble = { by: "centre"; line: Heard; id: string } | { by: "caller"; step: Step; id: string };

/** `marks[n]`: how many lines had been heard before step n was taken. */
export function conversation(heard: Heard[], steps: Step[], marks: number[]): Bubble[] {
  const bubbles: Bubble[] = [];
  let next = 0;
  steps.forEach((step, place) => {
    const until = Math.min(heard.length, marks[place] ?? heard.length);
    for (; next < until; next += 1) bubbles.push(said(heard, next));
    bubbles.push({ by: "caller", step, id: `step-${place}` });
  });
  for (; next < heard.length; next += 1) bubbles.push(said(heard, next));
  return bubbles;
}

function said(heard: Heard[], place: number): Bubble {
  return { by: "centre", line: heard[place] as Heard, id: `heard-${place}` };
}

/** A step in words, as the test case file and the panel say it. */
export function stepInWords(step: Step): string {
  if (typeof step === "string") return step === "silence" ? "says nothing" : step.replace("hang up", "hangs up");
  const [[name, value] = ["", ""]] = Object.entries(step);
  const words = String(value);
  switch (name) {
    case "press":
      return `presses ${words}`;
    case "interrupt":
      return `presses ${words} at once`;
    case "say":
      return `says “${words}”`;
    case "speak":
      return `speaks for ${words} s`;
    case "silence":
      return value === 1 ? "says nothing" : `says nothing, ${words} times`;
    case "wait":
      return `waits ${words} s`;
    case "agent":
      return `the agent ${value === "gone" ? "is gone" : words}`;
    case "queue":
      return value === "full" ? "the queue cannot serve them" : "they have waited too long";
    case "hang_up":
      return "hangs up";
    default:
      return `${name} ${words}`;
  }
}
