import { Suspense, lazy, useEffect, useState } from "react";
import { whenSignedOut } from "../api/client.ts";
import { type Me, signOut, whoAmI } from "../api/session.ts";
import { listen, useLive } from "../live.ts";
import { FlowsPage } from "../pages/FlowsPage.tsx";
import { groupsFor } from "../pages/places.ts";
import { T } from "../texts.ts";
import { Fallback } from "./Fallback.tsx";
import { KeysHelp } from "./KeysHelp.tsx";
import { ChangePassword, SignIn } from "./SignIn.tsx";
import { Toasts } from "./Toasts.tsx";
import { type Route, useRoute } from "./route.ts";
import { tellError } from "./toasts.ts";

const EditorPage = lazy(() => import("../editor/EditorPage.tsx"));
const PlacePage = lazy(() => import("../pages/PlacePage.tsx"));

type Door = { at: "asking" } | { at: "out"; ended: boolean } | { at: "in"; me: Me; password: string };

export function App() {
  const [door, setDoor] = useState<Door>({ at: "asking" });
  useEffect(() => {
    whenSignedOut(() => setDoor((was) => ({ at: "out", ended: was.at === "in" })));
    whoAmI().then(
      (me) => setDoor(me ? { at: "in", me, password: "" } : { at: "out", ended: false }),
      (error: unknown) => {
        setDoor({ at: "out", ended: false });
        tellError(error);
      },
    );
  }, []);
  return (
    <>
      {door.at === "out" && (
        <SignIn ended={door.ended} onDone={(me, password) => setDoor({ at: "in", me, password })} />
      )}
      {door.at === "in" && door.me.must_change && (
        <ChangePassword
          old={door.password}
          onDone={() => setDoor({ ...door, password: "", me: { ...door.me, must_change: false } })}
        />
      )}
      {door.at === "in" && !door.me.must_change && <Inside me={door.me} onOut={() => setDoor({ at: "out", ended: false })} />}
      <Toasts />
    </>
  );
}

function Inside({ me, onOut }: { me: Me; onOut: () => void }) {
  const route = useRoute();
  const [help, setHelp] = useState(false);
  useEffect(listen, []);
  useHelpKey(() => setHelp(true));
  return (
    <div className="shell">
      <a className="skip" href="#main" onClick={toMain}>
        {T.skip}
      </a>
      <Masthead me={me} route={route} onHelp={() => setHelp(true)} onOut={() => signOut().then(onOut, tellError)} />
      <main id="main" tabIndex={-1}>
        <Fallback key={keyOf(route)}>
          <Suspense fallback={<p className="empty">{T.loading}</p>}>
            {route.page === "flows" && <FlowsPage mayEdit={me.role === "admin"} />}
            {route.page === "editor" && <EditorPage key={route.flow} flow={route.flow} node={route.node} mayEdit={me.role === "admin"} />}
            {route.page === "place" && <PlacePage key={`${route.place.page} ${route.of}`} place={route.place} of={route.of} role={me.role} />}
          </Suspense>
        </Fallback>
      </main>
      {help && <KeysHelp onClose={() => setHelp(false)} />}
    </div>
  );
}

function useHelpKey(show: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.matches("input, textarea, select, dialog *");
      if (event.key === "?" && !typing) show();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });
}

function Masthead({ me, route, onHelp, onOut }: { me: Me; route: Route; onHelp: () => void; onOut: () => void }) {
  return (
    <header className="masthead">
      <span className="brand">{T.product}</span>
      <nav aria-label={T.shell.navigation}>
        <a href="#/flows" aria-current={route.page === "place" ? undefined : "page"}>
          {T.shell.flows}
        </a>
        {groupsFor(me.role).map(({ group, page }) => (
          <a key={group} href={`#/${group}/${page}`} aria-current={route.page === "place" && route.place.group === group ? "page" : undefined}>
            {T.shell.groups[group]}
          </a>
        ))}
      </nav>
      <span className="grow" />
      <Closed />
      <button type="button" className="quiet" onClick={onHelp}>
        {T.shell.keys} <kbd>?</kbd>
      </button>
      <span className="who">{me.name}</span>
      <button type="button" className="quiet" onClick={onOut}>
        {T.shell.signOut}
      </button>
    </header>
  );
}

/** An emergency closure is seen wherever one is: nobody must forget it. */
function Closed() {
  const isClosed = useLive(({ closure }) => Boolean(closure.closure));
  return isClosed ? (
    <a className="badge error" href="#/closing/closure">
      {T.shell.closed}
    </a>
  ) : null;
}

/** A page that broke is tried again on another one; another node of the same flow is no other page. */
function keyOf(route: Route): string {
  return route.page === "editor" ? `${route.page} ${route.flow}` : location.hash;
}

function toMain(event: React.MouseEvent): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
