// Where we are: kept behind the # of the address, so that the desk serves one page.
import { useSyncExternalStore } from "react";

import { type Place, placeOf } from "../pages/places.ts";

export type Route = { page: "flows" } | { page: "editor"; flow: string; node: string | null } | { page: "place"; place: Place; of: string | null };

export function routeOf(hash: string): Route {
  const [, page, name, node] = hash.replace(/^#/, "").split("/");
  if (page === "flows" && name) return { page: "editor", flow: decodeURIComponent(name), node: node ? decodeURIComponent(node) : null };
  const place = placeOf(page ?? "", name ?? "");
  return place ? { page: "place", place, of: node ? decodeURIComponent(node) : null } : { page: "flows" };
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(
    (changed) => {
      addEventListener("hashchange", changed);
      return () => removeEventListener("hashchange", changed);
    },
    () => location.hash,
  );
  return routeOf(hash);
}

/** Where a flow is edited, with the focus on one of its nodes. */
export function toNode(flow: string, node: string): string {
  return `#/flows/${encodeURIComponent(flow)}/${encodeURIComponent(node)}`;
}

export function go(to: string): void {
  location.hash = to;
}
