// Prompts that were changed here and are shipped anew by this version: read both, hear both, decide.
import { useCallback, useState } from "react";
import { get, post } from "../api/client.ts";
import { tell, tellError } from "../shell/toasts.ts";
import { Ask } from "../ui/Ask.tsx";
import { LineButton } from "../ui/ListTable.tsx";
import { useFollowed } from "../ui/useList.ts";
import { C } from "./conflictWords.ts";

interface Side {
  text: string;
  source: "recorded" | "spoken" | "missing";
  length_s: number;
}

interface Wording {
  key: string;
  ours: Side | null;
  shipped: Side | null;
}

interface Conflict {
  language: string;
  key: string;
  mark: string;
  wordings: Wording[];
}

interface Conflicts {
  items: Conflict[];
  troubles: string[];
}

type Take = "ours" | "shipped";

const FOLLOWS = ["prompts"];
const nameOf = ({ language, key }: Pick<Conflict, "language" | "key">) => `${language}/${key}`;

/** Nothing, where there is nothing to decide. `onDecided`: what is said may be other words now. */
export function PromptConflicts({ mayEdit, onDecided }: { mayEdit: boolean; onDecided: () => void }) {
  const [found, setFound] = useState<Conflicts | null>(null);
  const [asked, setAsked] = useState<Conflict | null>(null);
  const look = useCallback((unattended: boolean) => get<Conflicts>("/prompts/conflicts", { unattended }).then(setFound, tellError), []);
  useFollowed(FOLLOWS, look);
  const decide = async (conflict: Conflict, take: Take) => {
    const { language, key, mark } = conflict;
    try {
      setFound(await post<Conflicts>(`/prompts/${language}/${key}/conflict`, { take, mark }));
      tell(take === "ours" ? C.kept(nameOf(conflict)) : C.taken(nameOf(conflict)));
      onDecided();
    } catch (error) {
      // Somebody else was first, or one of both has changed: then that is shown.
      await look(false);
      throw error;
    }
  };
  if (!found || found.items.length + found.troubles.length === 0) return null;
  return (
    <>
      {found.troubles.length > 0 && <Troubles texts={found.troubles} />}
      {found.items.length > 0 && (
        <section className="panel" aria-label={C.title}>
          <h2>{C.title}</h2>
          <p className="about">{C.about}</p>
          {found.items.map((one) => (
            <One key={`${nameOf(one)} ${one.mark}`} conflict={one} mayEdit={mayEdit} onKeep={() => void decide(one, "ours").catch(tellError)} onTake={() => setAsked(one)} />
          ))}
        </section>
      )}
      {asked && (
        <Ask title={C.ask(nameOf(asked))} go={C.take} onClose={() => setAsked(null)} onGo={() => decide(asked, "shipped").catch(tellError)} />
      )}
    </>
  );
}

function Troubles({ texts }: { texts: string[] }) {
  return (
    <section className="caution" aria-label={C.troubles}>
      {texts.map((text) => (
        <p key={text}>{text}</p>
      ))}
    </section>
  );
}

interface OneProps {
  conflict: Conflict;
  mayEdit: boolean;
  onKeep: () => void;
  onTake: () => void;
}

function One({ conflict, mayEdit, onKeep, onTake }: OneProps) {
  const name = nameOf(conflict);
  return (
    <article className="stack" aria-label={name}>
      <h3>{name}</h3>
      {conflict.wordings.map((wording) => (
        <Both key={wording.key} language={conflict.language} wording={wording} isSpeech={wording.key !== conflict.key} />
      ))}
      {mayEdit && (
        <div className="row wraps">
          <LineButton isQuiet={false} label={C.keepOf(name)} text={C.keep} onClick={onKeep} />
          <LineButton isQuiet={false} label={C.takeOf(name)} text={C.take} onClick={onTake} />
        </div>
      )}
    </article>
  );
}

function Both({ language, wording: { key, ours, shipped }, isSpeech }: { language: string; wording: Wording; isSpeech: boolean }) {
  const path = `/api/v1/prompts/${language}/${key}`;
  return (
    <>
      {isSpeech && <p className="about">{C.speech}</p>}
      <div className="beside">
        <Said title={C.ours} name={`${language}/${key}`} side={ours} none={C.goneHere} src={`${path}/audio`} />
        <Said title={C.shipped} name={`${language}/${key}`} side={shipped} none={C.notShipped} src={`${path}/shipped`} />
      </div>
    </>
  );
}

function Said({ title, name, side, none, src }: { title: string; name: string; side: Side | null; none: string; src: string }) {
  return (
    <div className="stack">
      <p>
        <strong>{title}</strong>
      </p>
      {!side && <p className="about">{none}</p>}
      {side && <p className="said">{side.text || C.noWords}</p>}
      {side && side.source !== "missing" && <audio controls preload="none" src={src} aria-label={C.hear(title, name)} />}
      {side && <p className="about">{side.source === "missing" ? C.missing : C.length(C[side.source], side.length_s)}</p>}
    </div>
  );
}
