// What a form is told by the screen around it.
import { type ReactNode, type RefObject, createContext, useContext, useLayoutEffect, useRef } from "react";
import type { Json, Path } from "../flow/body.ts";
import type { Schema } from "../flow/kinds.ts";
import type { Problem } from "../flow/problems.ts";

export interface FormPlace {
  root: Schema;
  id: string;
  disabled: boolean;
  problems: Problem[];
  names: Record<string, string[]>;
  prompts: Map<string, string>;
  change: (path: Path, value: Json | undefined) => void;
  /** Opens what a prompt says; left out: that is done elsewhere. */
  onPrompt?: ((prompt: string) => void) | undefined;
}

export const FormContext = createContext<FormPlace | null>(null);

export function useForm(): FormPlace {
  const form = useContext(FormContext);
  if (!form) throw new Error("a field stands in a form");
  return form;
}

/** What stands in an entry that makes an exit, besides its fields: where that leads. */
export const ExitExtra = createContext<((exit: string) => ReactNode) | null>(null);

export interface FieldProps {
  schema: Schema;
  path: Path;
  value: Json | undefined;
  label: string;
  required: boolean;
}

export function fieldId(form: FormPlace, path: Path): string {
  return `${form.id}-${path.join("-")}`;
}

/** "silence_prompt" → "Silence prompt", for what has no title. */
export function wordOf(name: string): string {
  const plain = name.replaceAll("_", " ");
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

/** After something was added to a list: its own first field gets the focus, with what is in it selected. */
export function useFocusOfLast(sort: string): { box: RefObject<HTMLFieldSetElement | null>; focusLast: () => void } {
  const box = useRef<HTMLFieldSetElement>(null);
  const before = useRef<number | null>(null);
  const items = () => [...(box.current?.querySelectorAll(`:scope > ${sort}`) ?? [])];
  // As soon as it stands there, before the next key comes: whoever types fast types into it.
  useLayoutEffect(() => {
    const all = items();
    if (before.current === null || all.length <= before.current) return;
    before.current = null;
    const control = all.at(-1)?.querySelector<HTMLElement>("input, textarea, select");
    control?.focus();
    if (control instanceof HTMLInputElement) control.select();
  });
  const focusLast = () => {
    before.current = items().length;
  };
  return { box, focusLast };
}
