// Prompts of each language: read, heard, found, opened.
import { useCallback, useEffect, useRef, useState } from "react";
import { ask, get } from "../api/client.ts";
import { tell, tellError } from "../shell/toasts.ts";
import { T } from "../texts.ts";
import { Ask } from "../ui/Ask.tsx";
import { type Column, LineButton, ListTable, PageHead } from "../ui/ListTable.tsx";
import { useFollowed } from "../ui/useList.ts";
import { PromptConflicts } from "./PromptConflicts.tsx";
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

const FOLLOWS = ["prompts"];

const FILTERS: Record<string, (prompt: Prompt) => boolean> = {
  all: () => true,
  recorded: ({ source }) => source === "recorded",
  spoken: ({ source }) => source === "spoken",
  missing: ({ source }) => source === "missing",
  stale: ({ stale }) => stale,
  wrong: ({ wrong }) => wrong.length > 0,
};

export const audioPath = (language: string, key: string) => `/prompts/${language}/${key}/audio`;

interface Filter {
  search: string;
  only: string;
  pieces: boolean;
}

type Open = { sort: "new" } | { sort: "open" | "remove"; key: string } | null;

function fits(prompt: Prompt, { search, only, pieces }: Filter): boolean {
  const words = search.toLocaleLowerCase();
  const isFound = prompt.key.includes(words) || prompt.text.toLocaleLowerCase().includes(words);
  return isFound && (pieces || !prompt.piece) && (FILTERS[only]?.(prompt) ?? true);
}

export function PromptsPage({ mayEdit }: { mayEdit: boolean }) {
  const [language, setLanguage] = useState("en");
  const [found, setFound] = useState<Prompts | null>(null);
  const [filter, setFilter] = useState<Filter>({ search: "", only: "all", pieces: false });
  const [open, setOpen] = useState<Open>(null);
  const lookBy = useCallback((unattended: boolean) => get<Prompts>(`/prompts/${language}`, { unattended }).then(setFound, tellError), [language]);
  const look = () => lookBy(false);
  useEffect(() => setFound(null), [language]);
  useFollowed(FOLLOWS, lookBy);
  const shown = found?.items.filter((prompt) => fits(prompt, filter)) ?? [];
  return (
    <>
      <PageHead page="prompts">
        {mayEdit && (
          <button type="button" className="primary" disabled={!found} onClick={() => setOpen({ sort: "new" })}>
            {P.prompts.make}
          </button>
        )}
      </PageHead>
      <PromptConflicts mayEdit={mayEdit} onDecided={() => void look()} />
      <div className="filters">
        <Choice label={P.prompts.language} value={language} options={(found?.languages ?? [language]).map((one) => [one, one])} onChange={setLanguage} />
        <Filters filter={filter} onChange={setFilter} />
        <p className="about" aria-live="polite">
          {found && P.prompts.count(shown.length, found.items.filter(({ piece }) => filter.pieces || !piece).length)}
        </p>
      </div>
      {found ? <List language={language} prompts={shown} onOpen={(key) => setOpen({ sort: "open", key })} /> : <p className="empty">{T.loading}</p>}
      {open && found && <Opened open={open} language={language} prompts={found.items} mayEdit={mayEdit} look={look} onOpen={setOpen} />}
    </>
  );
}

function Choice({ label, value, options, onChange }: { label: string; value: string; options: [string, string | undefined][]; onChange: (value: string) => void }) {
  return (
    <label>
      {label}
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {options.map(([one, text]) => (
          <option key={one} value={one}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

function Filters({ filter, onChange }: { filter: Filter; onChange: (filter: Filter) => void }) {
  return (
    <>
      <label>
        {P.prompts.search}
        <input type="search" value={filter.search} onChange={(event) => onChange({ ...filter, search: event.target.value })} />
      </label>
      <Choice
        label={P.prompts.only}
        value={filter.only}
        options={Object.keys(FILTERS).map((name) => [name, P.prompts.filters[name]])}
        onChange={(only) => onChange({ ...filter, only })}
      />
      <label className="check">
        <input type="checkbox" checked={filter.pieces} onChange={(event) => onChange({ ...filter, pieces: event.target.checked })} />
        {P.prompts.pieces}
      </label>
    </>
  );
}

interface OpenedProps {
  open: NonNullable<Open>;
  language: string;
  prompts: Prompt[];
  mayEdit: boolean;
  look: () => Promise<void>;
  onOpen: (open: Open) => void;
}

function Opened({ open, language, prompts, mayEdit, look, onOpen }: OpenedProps) {
  const close = () => onOpen(null);
  if (open.sort === "new") return <NewPrompt language={language} onClose={close} onDone={(key) => void look().then(() => onOpen({ sort: "open", key }))} />;
  const prompt = prompts.find(({ key }) => key === open.key);
  if (!prompt) return null;
  const { key } = prompt;
  const remove = async () => {
    await ask(`/prompts/${language}/${key}`, { method: "DELETE" });
    tell(P.removed(key));
    await look();
  };
  if (open.sort === "remove") return <Ask title={P.removeAsk(key)} go={P.remove} onClose={close} onGo={remove} />;
  return (
    <PromptDialog
      key={key}
      language={language}
      prompt={prompt}
      mayEdit={mayEdit}
      onChanged={() => void look()}
      onRemove={() => onOpen({ sort: "remove", key })}
      onClose={close}
    />
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
  return (
    <div className="scroll">
      <audio ref={player} onEnded={() => setPlaying("")} />
      <ListTable items={prompts} keyOf={({ key }) => key} columns={columnsOf(playing, toggle, onOpen)} />
    </div>
  );
}

function columnsOf(playing: string, onPlay: (key: string) => void, onOpen: (key: string) => void): Column<Prompt>[] {
  return [
    { head: P.prompts.key, cell: ({ key }) => <Name of={key} onOpen={onOpen} /> },
    { head: P.prompts.text, cell: ({ text }) => <span className="said">{text}</span> },
    { head: P.prompts.audio, cell: (prompt) => <Audio prompt={prompt} isPlaying={playing === prompt.key} onPlay={onPlay} /> },
    { head: P.prompts.usedBy, cell: ({ used_by }) => used_by.join(", ") || P.none },
  ];
}

function Name({ of, onOpen }: { of: string; onOpen: (key: string) => void }) {
  return (
    <button type="button" className="link" aria-label={P.prompts.open(of)} onClick={() => onOpen(of)}>
      {of}
    </button>
  );
}

function Audio({ prompt, isPlaying, onPlay }: { prompt: Prompt; isPlaying: boolean; onPlay: (key: string) => void }) {
  const { key, source } = prompt;
  return (
    <span className="actions">
      {source !== "missing" && <LineButton label={isPlaying ? P.prompts.stop(key) : P.prompts.play(key)} text={isPlaying ? "■" : "▶"} onClick={() => onPlay(key)} />}
      <State prompt={prompt} />
    </span>
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
