// Prompts of each language: read, heard, found, opened.
import { useEffect, useRef, useState } from "react";
import { ask, get } from "../api/client.ts";
import { tell, tellError } from "../shell/toasts.ts";
import { T } from "../texts.ts";
import { Ask } from "../ui/Ask.tsx";
import { NewPrompt, PromptDialog } from "./PromptDialog.tsx";
import { P } from "./words.ts";

export interface Prompt {
  key: string;
  text: string;
  source: "spoken" | "recorded" | "missing";
  voice: string;
  length_s: number;
  stale: boolean;
  piece: boolean;
  wrong: string[];
  used_by: string[];
}

interface Prompts {
  items: Prompt[];
  languages: string[];
}

const FILTERS: Record<string, (prompt: Prompt) => boolean> = {
  all: () => true,
  recorded: ({ source }) => source === "recorded",
  spoken: ({ source }) => source === "spoken",
  missing: ({ source }) => source === "missing",
  stale: ({ stale }) => stale,
  wrong: ({ wrong }) => wrong.length > 0,
};

export const audioPath = (language: string, key: string) => `/prompts/${language}/${key}/audio`;

export function PromptsPage({ mayEdit }: { mayEdit: boolean }) {
  const [language, setLanguage] = useState("en");
  const [found, setFound] = useState<Prompts | null>(null);
  const [search, setSearch] = useState("");
  const [only, setOnly] = useState("all");
  const [pieces, setPieces] = useState(false);
  const [open, setOpen] = useState<{ sort: "new" } | { sort: "open" | "remove"; key: string } | null>(null);
  const look = () => get<Prompts>(`/prompts/${language}`).then(setFound, tellError);
  useEffect(() => {
    setFound(null);
    void look();
  }, [language]);
  const words = search.toLocaleLowerCase();
  const fits = (prompt: Prompt) =>
    (pieces || !prompt.piece) &&
    (FILTERS[only]?.(prompt) ?? true) &&
    (prompt.key.includes(words) || prompt.text.toLocaleLowerCase().includes(words));
  const shown = found?.items.filter(fits) ?? [];
  const opened = open && open.sort !== "new" ? found?.items.find(({ key }) => key === open.key) : undefined;
  return (
    <>
      <div className="page-head">
        <h1>{P.nav.prompts}</h1>
        {mayEdit && (
          <button type="button" className="primary" disabled={!found} onClick={() => setOpen({ sort: "new" })}>
            {P.prompts.make}
          </button>
        )}
      </div>
      <div className="filters">
        <label>
          {P.prompts.language}
          <select value={language} onChange={(event) => setLanguage(event.target.value)}>
            {(found?.languages ?? [language]).map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label>
          {P.prompts.search}
          <input type="search" value={search} onChange={(event) => setSearch(event.target.value)} />
        </label>
        <label>
          {P.prompts.only}
          <select value={only} onChange={(event) => setOnly(event.target.value)}>
            {Object.keys(FILTERS).map((name) => (
              <option key={name} value={name}>
                {P.prompts.filters[name]}
              </option>
            ))}
          </select>
        </label>
        <label className="check">
          <input type="checkbox" checked={pieces} onChange={(event) => setPieces(event.target.checked)} />
          {P.prompts.pieces}
        </label>
        <p className="about" aria-live="polite">
          {found && P.prompts.count(shown.length, found.items.length)}
        </p>
      </div>
      {found ? (
        <List language={language} prompts={shown} onOpen={(key) => setOpen({ sort: "open", key })} />
      ) : (
        <p className="empty">{T.loading}</p>
      )}
      {opened && open?.sort === "open" && (
        <PromptDialog
          key={opened.key}
          language={language}
          prompt={opened}
          mayEdit={mayEdit}
          onChanged={() => void look()}
          onRemove={() => setOpen({ sort: "remove", key: opened.key })}
          onClose={() => setOpen(null)}
        />
      )}
      {opened && open?.sort === "remove" && (
        <Ask
          title={P.removeAsk(opened.key)}
          go={P.remove}
          onClose={() => setOpen(null)}
          onGo={async () => {
            await ask(`/prompts/${language}/${opened.key}`, { method: "DELETE" });
            tell(P.removed(opened.key));
            await look();
          }}
        />
      )}
      {open?.sort === "new" && (
        <NewPrompt
          language={language}
          onClose={() => setOpen(null)}
          onDone={(key) => void look().then(() => setOpen({ sort: "open", key }))}
        />
      )}
    </>
  );
}

function List({ language, prompts, onOpen }: { language: string; prompts: Prompt[]; onOpen: (key: string) => void }) {
  const player = useRef<HTMLAudioElement>(null);
  const [playing, setPlaying] = useState("");
  const toggle = (key: string) => {
    const audio = player.current;
    if (!audio) return;
    if (playing === key) {
      audio.pause();
      return setPlaying("");
    }
    audio.src = `/api/v1${audioPath(language, key)}`;
    setPlaying(key);
    audio.play().catch(() => setPlaying(""));
  };
  if (prompts.length === 0) return <p className="empty">{T.nothing}</p>;
  return (
    <div className="scroll">
      <audio ref={player} onEnded={() => setPlaying("")} />
      <table className="list">
        <thead>
          <tr>
            {[P.prompts.key, P.prompts.text, P.prompts.audio, P.prompts.usedBy].map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {prompts.map((prompt) => (
            <tr key={prompt.key}>
              <th scope="row">
                <button type="button" className="link" aria-label={P.prompts.open(prompt.key)} onClick={() => onOpen(prompt.key)}>
                  {prompt.key}
                </button>
              </th>
              <td className="said">{prompt.text}</td>
              <td className="actions">
                {prompt.source !== "missing" && (
                  <button
                    type="button"
                    className="quiet"
                    aria-label={playing === prompt.key ? P.prompts.stop(prompt.key) : P.prompts.play(prompt.key)}
                    onClick={() => toggle(prompt.key)}
                  >
                    {playing === prompt.key ? "■" : "▶"}
                  </button>
                )}
                <State prompt={prompt} />
              </td>
              <td>{prompt.used_by.join(", ") || P.none}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function State({ prompt }: { prompt: Prompt }) {
  return (
    <>
      {prompt.source !== "missing" && `${P.prompts.length(prompt.length_s)} `}
      <span className={prompt.source === "missing" ? "badge error" : prompt.source === "recorded" ? "badge added" : "badge"}>
        {P.prompts.source[prompt.source]}
      </span>
      {prompt.stale && <span className="badge warning">{P.prompts.stale}</span>}
      {prompt.wrong.length > 0 && <span className="badge warning">{P.prompts.filters.wrong}</span>}
    </>
  );
}
