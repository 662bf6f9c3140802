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
    const last = shown.length - 1;
    const chosen = shown[at];
    if (event.key === "ArrowDown") go(at >= last ? 0 : at + 1);
    else if (event.key === "ArrowUp") go(at <= 0 ? last : at - 1);
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
          <div
            key={option.key}
            id={`${id}-${number}`}
            data-place={number}
            role="option"
            aria-selected={number === at}
            className="option"
            onMouseMove={() => setPlace(number)}
            onClick={() => onChoose(option.key)}
          >
            <span className="option-label">{option.label}</span>
            {option.hint && <span className="option-hint">{option.hint}</span>}
            {option.group && <span className="option-group">{option.group}</span>}
          </div>
        ))}
      </div>
      {shown.length === 0 && <p className="empty">{none}</p>}
    </div>
  );
}
