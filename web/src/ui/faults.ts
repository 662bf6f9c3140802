// What the desk says against an entry of centre.toml, brought to the fields of the form it was typed into. Pure.
import type { ApiError, ErrorDetail } from "../api/client.ts";
import type { Problem } from "../flow/problems.ts";

export interface SetupDetail extends ErrorDetail {
  table?: string;
  key?: string;
}

export interface Faults {
  problems: Problem[];
  /** What belongs to no field of this form. */
  rest: string[];
}

/** `fieldFor`: the field of the form that a key of a table is typed into, "" if it is none of this form. */
export function faultsOf(error: ApiError, fieldFor: (table: string, key: string) => string): Faults {
  const problems: Problem[] = [];
  const rest: string[] = [];
  for (const detail of error.details as SetupDetail[]) {
    const text = detail.text ?? "";
    const field = detail.table === undefined ? (detail.field ?? "") : fieldFor(detail.table, detail.key ?? "");
    if (field) problems.push({ code: error.code, severity: "error", node: "", field, text });
    else rest.push([detail.table, detail.key, text].filter(Boolean).join(": "));
  }
  if (problems.length === 0 && rest.length === 0) rest.push(error.message);
  return { problems, rest };
}

/** Fields of an entry of a table with several: its label ends with the entry's name. */
export function ofEntry(table: string, name: string): (table: string, key: string) => string {
  return (told, key) => (told === `[[${table}]] ${name}` || told.startsWith(`[[${table}]] no. `) ? key : "");
}

const OF_CENTRE: Record<string, (key: string) => string> = {
  "[centre]": (key) => `identity.${key}`,
  "[http]": (key) => key || "allow",
  "[sip]": (key) => (key ? `sip.${key}` : "sip"),
  "[emergency]": () => "emergency",
  "[mail]": (key) => (key ? `mail.${key}` : "mail"),
  "[payment]": () => "payment",
};

export function ofCentre(table: string, key: string): string {
  return OF_CENTRE[table]?.(key) ?? "";
}
