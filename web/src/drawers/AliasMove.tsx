// Callers get another version from their next call on: asked once more, and what speaks against it is said.
import { useState } from "react";
import { ApiError } from "../api/client.ts";
import { type Move, pointAlias, rollback } from "../api/flows.ts";
import { adoptLive } from "../editor/live.ts";
import { editor } from "../editor/store.ts";
import { type Problem, errorsFirst } from "../flow/problems.ts";
import { tell } from "../shell/toasts.ts";
import { T } from "../texts.ts";

/** Why a version is not taken, or what is wrong with the one that was. */
export interface Refusal {
  to: number | null;
  isTaken: boolean;
  text: string;
  problems: Problem[];
}

/** Has the alias stand for another version; returns what is to be said of it, null: nothing. */
export async function moved(move: Move): Promise<Refusal | null> {
  try {
    const { version, problems } = await (move.to === null ? rollback : pointAlias)(editor().flow, move);
    tell(T.versions.rolledBack(version));
    await adoptLive(version);
    return problems.length > 0 ? { to: move.to, isTaken: true, text: T.versions.taken(version), problems } : null;
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "flow") throw error;
    return { to: move.to, isTaken: false, text: move.anyway ? error.message : T.versions.refused, problems: error.details as Problem[] };
  }
}

/** Asked once more on the button itself: it reaches callers at once. */
export function Asked({ label, title, onGo }: { label: string; title: string; onGo: () => void }) {
  const [asked, setAsked] = useState(false);
  const act = () => {
    if (asked) onGo();
    setAsked(!asked);
  };
  return (
    <button type="button" className={asked ? "danger" : ""} title={title} onClick={act} onBlur={() => setAsked(false)}>
      {asked ? `${label}?` : label}
    </button>
  );
}

export function Refused({ refusal, onGo, onClose }: { refusal: Refusal; onGo: () => void; onClose: () => void }) {
  const { isTaken, text, problems } = refusal;
  return (
    <div className={isTaken ? "refused" : "refused error"} role="alert">
      <p>{text}</p>
      <ul>
        {errorsFirst(problems).map((problem, place) => (
          <li key={place}>{[problem.node, problem.field, problem.text].filter(Boolean).join(": ")}</li>
        ))}
      </ul>
      <p className="row">
        {!isTaken && (
          <button type="button" className="danger" onClick={onGo}>
            {T.versions.anyway}
          </button>
        )}
        <button type="button" onClick={onClose}>
          {isTaken ? T.close : T.cancel}
        </button>
      </p>
    </div>
  );
}
