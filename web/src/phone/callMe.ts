// "Call me": the draft in the editor, heard on the phone of this page.
import { ask, get } from "../api/client.ts";
import { type Access, Phone } from "./phone.ts";

export interface Dialled {
  extension: string;
  until: string;
  warnings: { code: string; node: string; field: string; text: string; severity: string }[];
}

/** The page's one phone. */
export const phone = new Phone({ access: () => get<Access>("/phone") });

/** Has the desk take a draft and calls it. Throws ApiError 422 with the problems of a draft that cannot be called. */
export async function callMe(flow: string, body: unknown, caller = ""): Promise<Dialled> {
  const { data } = await ask<Dialled>(`/flows/${encodeURIComponent(flow)}/call-me`, { method: "POST", body: { body, caller } });
  if (!phone.call(data.extension)) throw new Error("The phone is not ready.");
  return data;
}
