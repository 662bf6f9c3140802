// The pages besides flows, by group; who sees them.
import type { Role } from "../api/session.ts";

export interface Place {
  group: string;
  page: string;
  roles: Role[];
}

const SEE: Role[] = ["admin", "supervisor"];
const ADMIN: Role[] = ["admin"];

export const PLACES: Place[] = [
  { group: "prompts", page: "prompts", roles: SEE },
  ...["queues", "numbers", "agents", "trunks", "destinations", "mailboxes", "centre"].map((page) => ({ group: "setup", page, roles: SEE })),
  { group: "setup", page: "secrets", roles: ADMIN },
  { group: "setup", page: "hours", roles: SEE },
  { group: "campaigns", page: "campaigns", roles: SEE },
  ...["persons", "debts", "callbacks", "voicemails", "surveys"].map((page) => ({ group: "callers", page, roles: SEE })),
  { group: "closing", page: "closure", roles: [...SEE, "agent"] },
  { group: "closing", page: "blocks", roles: SEE },
  { group: "closing", page: "dnc", roles: SEE },
  { group: "people", page: "users", roles: ADMIN },
  { group: "people", page: "tokens", roles: ADMIN },
  { group: "people", page: "audit", roles: ADMIN },
];

export function placesFor(role: Role): Place[] {
  return PLACES.filter(({ roles }) => roles.includes(role));
}

/** The first page of each group, for the head of every page. */
export function groupsFor(role: Role): Place[] {
  return placesFor(role).filter(({ group }, at, all) => all.findIndex((other) => other.group === group) === at);
}

export function placeOf(group: string, page: string): Place | undefined {
  return PLACES.find((place) => place.group === group && (page === "" || place.page === page));
}
