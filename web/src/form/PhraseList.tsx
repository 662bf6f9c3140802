// A list of plain texts: short ones in a row, phrases one a line.
import { useState } from "react";
import type { Json } from "../flow/body.ts";
import type { Schema } from "../flow/kinds.ts";
import { Row } from "./Field.tsx";
import { type FieldProps, useForm } from "./form.ts";

/** Words without blanks fit into a row: keys, languages, times such as 09:00-17:00. */
export function fitsInRow(items: Schema | undefined): boolean {
  return items?.pattern !== undefined;
}

export function PhraseList(props: FieldProps) {
  const form = useForm();
  const inRow = fitsInRow(props.schema.items);
  const items = Array.isArray(props.value) ? props.value : Array.isArray(props.schema.default) ? props.schema.default : [];
  const shown = items.map(String).join(inRow ? " " : "\n");
  const [typed, setTyped] = useState<string | null>(null);
  const change = (text: string) => {
    setTyped(text);
    form.change(props.path, textsIn(text, inRow));
  };
  const common = { disabled: form.disabled, value: typed ?? shown, onBlur: () => setTyped(null), spellCheck: !inRow };
  return (
    <Row {...props}>
      {(aria) =>
        inRow ? (
          <input {...aria} {...common} type="text" autoComplete="off" onChange={(event) => change(event.target.value)} />
        ) : (
          <textarea {...aria} {...common} rows={Math.min(8, Math.max(2, items.length))} onChange={(event) => change(event.target.value)} />
        )
      }
    </Row>
  );
}

function textsIn(text: string, inRow: boolean): Json[] {
  return text.split(inRow ? /[\s,]+/ : "\n").flatMap((one) => one.trim() || []);
}
