// What the centre has that a flow can name: queues, destinations, mailboxes, prompts.
import { ApiError, get } from "./client.ts";
import type { Listing } from "./flows.ts";

export interface PromptLine {
  key: string;
  text: string;
  /** Part of numbers and dates: nobody says it by itself. */
  piece: boolean;
}

interface Named {
  key?: string;
  name?: string;
}

async function names(path: string): Promise<string[]> {
  return (await known<Named>(path)).flatMap(({ key, name }) => key ?? name ?? []);
}

/** A list that a role may not see, or that a centre does not have, is empty: a name can always be typed. */
async function known<T>(path: string): Promise<T[]> {
  try {
    return (await get<Listing<T>>(path)).items;
  } catch (error) {
    if (error instanceof ApiError) return [];
    throw error;
  }
}

export const queues = () => names("/setup/queues");
export const destinations = () => names("/setup/destinations");
export const mailboxes = () => names("/setup/mailboxes");
export const prompts = (language: string) => known<PromptLine>(`/prompts/${language}`);
