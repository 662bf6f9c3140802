// The schemas of what the desk takes, from its own description: a form needs no line here for a new field.
import { get } from "../api/client.ts";
import type { Schema } from "../flow/kinds.ts";

let asked: Promise<Record<string, Schema>> | null = null;

async function all(): Promise<Record<string, Schema>> {
  const found = await get<{ components: { schemas: unknown } }>("/openapi.json");
  const text = JSON.stringify(found.components.schemas).replaceAll("#/components/schemas/", "#/$defs/");
  return JSON.parse(text) as Record<string, Schema>;
}

/** The schema of a request, with those it refers to. */
export async function schemaOf(name: string): Promise<Schema> {
  asked ??= all().catch((error: unknown) => {
    asked = null;
    throw error;
  });
  const schemas = await asked;
  return { ...schemas[name], $defs: schemas };
}
