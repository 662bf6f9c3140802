// Where we are: kept behind the # of the address, so that the desk serves one page.
import { useSyncExternalStore } from "react";

import { type Place, placeOf } from "../pages/places.ts";

export type Route = { page: "flows" } | { page: "editor"; flow: string } | { page: "place"; place: Place };

export function routeOf(hash: string): Route {
  const [, page, name] = hash.replace(/^#/, "").split("/");
  if (page === "flows" && name) return { page: "editor", flow: decodeURIComponent(name) };
  const place = placeOf(page ?? "", name ?? "");
  return place ? { page: "place", place } : { page: "flows" };
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

export function go(to: string): void {
  location.hash = to;
}
