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

export function Chooser({ label, none, options, onChoose }: Props) {
  const [typed, setTyped] = useState("");
  const [place, setPlace] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const shown = options(typed);
  const at = Math.min(place, Math.max(0, shown.length - 1));
  const go = (to: number) => {
    setPlace(to);
    list.current?.querySelector(`[data-place="${to}"]`)?.scrollIntoView({ block: "nearest" });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const chosen = shown[at];
    const to = placeAfter(event.key, at, shown.length);
    if (to !== null) go(to);
    else if (event.key === "Enter" && chosen) onChoose(chosen.key);
    else return;
    event.preventDefault();
  };
  return (
    <div className="chooser">
      <input
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={shown[at] ? `${id}-${at}` : undefined}
        aria-autocomplete="list"
        aria-label={label}
        placeholder={label}
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setPlace(0);
        }}
        onKeyDown={onKeyDown}
      />
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
