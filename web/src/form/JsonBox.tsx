// For a field of a shape that we have no widget for: it can still be read and changed.
import { useState } from "react";
import type { Json } from "../flow/body.ts";
import { T } from "../texts.ts";
import type { Aria } from "./Field.tsx";
import { type FieldProps, useForm } from "./form.ts";

export function JsonBox({ path, value, aria }: FieldProps & { aria: Aria }) {
  const form = useForm();
  const [typed, setTyped] = useState<string | null>(null);
  const [fault, setFault] = useState(false);
  const change = (text: string) => {
    setTyped(text);
    try {
      form.change(path, JSON.parse(text) as Json);
      setFault(false);
    } catch {
      setFault(true);
    }
  };
  return (
    <>
      <textarea
        {...aria}
        className="code"
        rows={4}
        disabled={form.disabled}
        value={typed ?? JSON.stringify(value ?? null, null, 1)}
        onChange={(event) => change(event.target.value)}
        onBlur={() => !fault && setTyped(null)}
      />
      {fault && <p className="fault">{T.form.notJson}</p>}
    </>
  );
}
