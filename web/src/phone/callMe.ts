// "Call me": the draft in the editor, heard on the phone of this page.
import { ApiError, ask, get } from "../api/client.ts";
import { type Access, Phone } from "./phone.ts";
import { P } from "./words.ts";

export interface Dialled {
  extension: string;
  /** Under it the desk tells where the call is. */
  trial: string;
  until: string;
  warnings: { code: string; node: string; field: string; text: string; severity: string }[];
}

const REASONS: Record<string, string> = { "no-phones": P.noPhones, "phone-not-known": P.notKnown };

/** The page's one phone. */
export const phone = new Phone({ access });

async function access(): Promise<Access> {
  try {
    return await get<Access>("/phone");
  } catch (error) {
    const reason = error instanceof ApiError ? REASONS[error.code] : undefined;
    throw reason ? new Error(reason) : error;
  }
}

/** Has the desk take a draft and calls it. Throws ApiError 422 with the problems of a draft that cannot be called. */
export async function callMe(flow: string, body: unknown, caller = ""): Promise<Dialled> {
  const { data } = await ask<Dialled>(`/flows/${encodeURIComponent(flow)}/call-me`, { method: "POST", body: { body, caller } });
  if (!phone.call(data.extension)) throw new Error("The phone is not ready.");
  return data;
}
