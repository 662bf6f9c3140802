// A flow as the desk sends and takes it: content, places on the canvas and test cases, kept apart.

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type Fields = { [name: string]: Json };

export interface NodeBody {
  kind: string;
  v?: number;
  note?: string;
  exits?: Record<string, string>;
  [field: string]: Json | undefined;
}

export interface FlowBody {
  name: string;
  about?: string;
  languages?: string[];
  parameters?: string[];
  start: string;
  nodes: Record<string, NodeBody>;
}

export interface Place {
  x: number;
  y: number;
}

export type Places = Record<string, Place>;

export interface Layout {
  nodes: Places;
}

export type Step = Fields | string;

export interface TestCase {
  name: string;
  given?: Fields;
  steps: Step[];
  expect?: Fields;
}

export interface Draft {
  body: FlowBody;
  layout: Layout;
  tests: TestCase[];
}

/** A place inside a node's content: `["choices", "sales", "keys", 0]`. */
export type Path = (string | number)[];

export const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;

export function isFields(value: Json | undefined): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A new flow: one greeting, then the end. */
export function newDraft(name: string, prompt: string): Draft {
  return {
    body: {
      name,
      languages: ["en"],
      start: "greet",
      nodes: {
        end: { kind: "hangup" },
        greet: { kind: "play", prompts: [prompt], exits: { next: "end" } },
      },
    },
    layout: { nodes: { greet: { x: 0, y: 0 }, end: { x: 320, y: 0 } } },
    tests: [],
  };
}
