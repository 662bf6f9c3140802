// A search box over a list: what adds nodes, connects exits and finds things. Arrows choose, Enter takes.
import { type KeyboardEvent, useId, useRef, useState } from "react";

export interface Option {
  key: string;
  label: string;
  hint?: string;
  group?: string;
}

interface Props {
  label: string;
  none: string;
  options: (typed: string) => Option[];
  onChoose: (key: string) => void;
}

const COMBOBOX = { "aria-expanded": true, "aria-autocomplete": "list", autoComplete: "off", spellCheck: false } as const;

export function Chooser({ label, none, options, onChoose }: Props) {
  const [typed, setTyped] = useState("");
  const [place, setPlace] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const shown = options(typed);
  const at = Math.min(place, Math.max(0, shown.length - 1));
  const type = (text: string) => {
    setTyped(text);
    setPlace(0);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to = placeAfter(event.key, at, shown.length);
    const chosen = event.key === "Enter" ? shown[at] : undefined;
    if (to === null && !chosen) return;
    event.preventDefault();
    if (chosen) return onChoose(chosen.key);
    setPlace(to ?? 0);
    list.current?.querySelector(`[data-place="${to}"]`)?.scrollIntoView({ block: "nearest" });
  };
  const current = shown[at] ? `${id}-${at}` : undefined;
  const box = { "aria-controls": id, "aria-activedescendant": current, "aria-label": label, placeholder: label };
  return (
    <div className="chooser">
      <input type="text" role="combobox" {...COMBOBOX} {...box} value={typed} onChange={({ target }) => type(target.value)} onKeyDown={onKeyDown} />
      <div ref={list} id={id} role="listbox" aria-label={label} className="options" tabIndex={-1}>
        {shown.map((option, number) => (
          <Line key={option.key} id={`${id}-${number}`} option={option} place={number} isAt={number === at} onPlace={setPlace} onChoose={onChoose} />
        ))}
      </div>
      {shown.length === 0 && <p className="empty">{none}</p>}
    </div>
  );
}

/** Where an arrow leads, round at the ends; null: it is none. */
function placeAfter(key: string, at: number, count: number): number | null {
  if (key === "ArrowDown") return at >= count - 1 ? 0 : at + 1;
  if (key === "ArrowUp") return at <= 0 ? count - 1 : at - 1;
  return null;
}

interface LineProps {
  id: string;
  option: Option;
  place: number;
  isAt: boolean;
  onPlace: (place: number) => void;
  onChoose: (key: string) => void;
}

function Line({ id, option, place, isAt, onPlace, onChoose }: LineProps) {
  return (
    <div id={id} data-place={place} role="option" aria-selected={isAt} className="option" onMouseMove={() => onPlace(place)} onClick={() => onChoose(option.key)}>
      <span className="option-label">{option.label}</span>
      {option.hint && <span className="option-hint">{option.hint}</span>}
      {option.group && <span className="option-group">{option.group}</span>}
    </div>
  );
}
