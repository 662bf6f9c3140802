// One prompt: its text, what callers hear, and a recording in its place.
import { type FormEvent, useEffect, useState } from "react";
import { ask, askFile } from "../api/client.ts";
import { Dialog } from "../shell/Dialog.tsx";
import { tell } from "../shell/toasts.ts";
import { Fault, Foot } from "../ui/ListTable.tsx";
import { Wave } from "../ui/Wave.tsx";
import { soundOf } from "../ui/recorder.ts";
import { type Prompt, State, audioPath } from "./PromptsPage.tsx";
import { RecordPart } from "./RecordPart.tsx";
import { P } from "./words.ts";

interface Props {
  language: string;
  prompt: Prompt;
  mayEdit: boolean;
  onChanged: () => void;
  /** Left out: it is not removed from here. */
  onRemove?: () => void;
  /** What else is to be known. */
  about?: string;
  onClose: () => void;
}

const words = (error: unknown) => (error as Error).message;

export function PromptDialog({ language, prompt, mayEdit, about = "", onChanged, onRemove, onClose }: Props) {
  const { key } = prompt;
  return (
    <Dialog title={`${language}/${key}`} wide onClose={onClose}>
      <div className="stack">
        <p>
          <State prompt={prompt} />
        </p>
        {prompt.wrong.map((text) => (
          <p key={text} className="caution">
            {text}
          </p>
        ))}
        <p className="about">{prompt.used_by.length > 0 ? `${P.prompts.usedBy}: ${prompt.used_by.join(", ")}` : P.prompts.unused}</p>
        {about && <p className="caution">{about}</p>}
        <TextPart language={language} prompt={prompt} mayEdit={mayEdit} onChanged={onChanged} />
        {prompt.source !== "missing" && <Heard language={language} prompt={prompt} />}
        {mayEdit && <RecordPart language={language} prompt={prompt} onChanged={onChanged} />}
        {mayEdit && onRemove && prompt.used_by.length === 0 && !prompt.piece && (
          <footer>
            <button type="button" className="danger" onClick={onRemove}>
              {P.removeOne(key)}
            </button>
          </footer>
        )}
      </div>
    </Dialog>
  );
}

function TextPart({ language, prompt, mayEdit, onChanged }: Omit<Props, "onRemove" | "onClose">) {
  const [text, setText] = useState(prompt.text);
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await ask(`/prompts/${language}/${prompt.key}/text`, { method: "PUT", body: { text } });
      setFault("");
      tell(P.prompts.textDone(prompt.key));
      onChanged();
    } catch (error) {
      setFault(words(error));
    }
    setBusy(false);
  };
  return (
    <form className="stack" onSubmit={(event) => void save(event)}>
      <TextBox text={text} fault={fault} disabled={!mayEdit} onChange={setText} />
      <div className="sounds">
        <Preview language={language} text={text} onFault={setFault} />
        {mayEdit && (
          <button type="submit" disabled={busy || text === prompt.text || text.trim() === ""}>
            {P.prompts.saveText}
          </button>
        )}
      </div>
    </form>
  );
}

interface BoxProps {
  text: string;
  fault: string;
  disabled: boolean;
  onChange: (text: string) => void;
}

function TextBox({ text, fault, disabled, onChange }: BoxProps) {
  return (
    <>
      <label className="field">
        {P.prompts.text}
        <textarea
          rows={3}
          maxLength={1000}
          required
          value={text}
          disabled={disabled}
          aria-invalid={fault !== ""}
          aria-describedby={fault ? "text-fault" : undefined}
          onChange={(event) => onChange(event.target.value.replaceAll("\n", " "))}
        />
      </label>
      <Fault id="text-fault" text={fault} />
    </>
  );
}

function Preview({ language, text, onFault }: { language: string; text: string; onFault: (text: string) => void }) {
  const [url, setUrl] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => () => URL.revokeObjectURL(url), [url]);
  const speak = async () => {
    setBusy(true);
    try {
      const response = await askFile("/prompts/preview", "POST", { language, text: text.trim() });
      setUrl(URL.createObjectURL(await response.blob()));
      onFault("");
    } catch (error) {
      onFault(words(error));
    }
    setBusy(false);
  };
  return (
    <>
      <button type="button" disabled={busy || text.trim() === ""} onClick={() => void speak()}>
        {P.prompts.preview}
      </button>
      {url && <audio controls autoPlay src={url} aria-label={P.prompts.preview} />}
    </>
  );
}

/** What callers hear now, with its picture. */
function Heard({ language, prompt }: { language: string; prompt: Prompt }) {
  const path = audioPath(language, prompt.key);
  const version = `${prompt.source} ${prompt.voice} ${prompt.length_s} ${prompt.text}`;
  const [sound, setSound] = useState<{ url: string; samples: Float32Array } | null>(null);
  useEffect(() => {
    let url = "";
    let isLatest = true;
    askFile(path, "GET")
      .then(async (response) => {
        const file = await response.blob();
        const { samples } = await soundOf(file);
        url = URL.createObjectURL(file);
        if (isLatest) setSound({ url, samples });
      })
      .catch(() => undefined);
    return () => {
      isLatest = false;
      URL.revokeObjectURL(url);
    };
  }, [path, version]);
  return (
    <section className="stack" aria-label={P.prompts.now}>
      <h3>{P.prompts.now}</h3>
      {sound && <Wave samples={sound.samples} label={`${P.prompts.wave}, ${P.prompts.length(prompt.length_s)}`} />}
      {sound && <audio controls src={sound.url} aria-label={P.prompts.play(prompt.key)} />}
    </section>
  );
}

interface NewProps {
  language: string;
  /** The key it may begin with. */
  begin?: string;
  about?: string;
  onDone: (key: string) => void;
  onClose: () => void;
}

export function NewPrompt({ language, begin = "", about = "", onDone, onClose }: NewProps) {
  const [fault, setFault] = useState("");
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const key = String(given.get("key"));
    const text = String(given.get("text")).replaceAll("\n", " ");
    try {
      await ask(`/prompts/${language}/${key}/text`, { method: "PUT", body: { text } });
      tell(P.prompts.textDone(key));
      onDone(key);
    } catch (error) {
      setFault(words(error));
    }
  };
  return (
    <Dialog title={P.prompts.make} onClose={onClose}>
      <form className="stack" onSubmit={(event) => void submit(event)}>
        <Fault text={fault} />
        {about && <p className="caution">{about}</p>}
        <label className="field">
          {P.prompts.key}
          <input name="key" defaultValue={begin} required pattern="[a-z0-9][a-z0-9\-]{0,63}" maxLength={64} autoComplete="off" />
        </label>
        <label className="field">
          {P.prompts.text}
          <textarea name="text" rows={3} required maxLength={1000} />
        </label>
        <Foot go={P.save} onClose={onClose} />
      </form>
    </Dialog>
  );
}
