// One prompt: its text, what callers hear, and a recording in its place.
import { type FormEvent, useEffect, useRef, useState } from "react";
import { ApiError, ask, askFile } from "../api/client.ts";
import { Dialog } from "../shell/Dialog.tsx";
import { tell } from "../shell/toasts.ts";
import { T } from "../texts.ts";
import { Wave } from "../ui/Wave.tsx";
import { type Recording, type Sound, record, soundOf } from "../ui/recorder.ts";
import { type Prompt, State, audioPath } from "./PromptsPage.tsx";
import { P } from "./words.ts";

interface Props {
  language: string;
  prompt: Prompt;
  mayEdit: boolean;
  onChanged: () => void;
  onRemove: () => void;
  onClose: () => void;
}

const words = (error: unknown) => (error as Error).message;

export function PromptDialog({ language, prompt, mayEdit, onChanged, onRemove, onClose }: Props) {
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
        <TextPart language={language} prompt={prompt} mayEdit={mayEdit} onChanged={onChanged} />
        {prompt.source !== "missing" && <Heard language={language} prompt={prompt} />}
        {mayEdit && <RecordPart language={language} prompt={prompt} onChanged={onChanged} />}
        {mayEdit && prompt.used_by.length === 0 && !prompt.piece && (
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
      <label className="field">
        {P.prompts.text}
        <textarea
          rows={3}
          maxLength={1000}
          required
          value={text}
          disabled={!mayEdit}
          aria-invalid={fault !== ""}
          aria-describedby={fault ? "text-fault" : undefined}
          onChange={(event) => setText(event.target.value.replaceAll("\n", " "))}
        />
      </label>
      {fault && (
        <p id="text-fault" className="fault" role="alert">
          {fault}
        </p>
      )}
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

type Taking = { at: "idle" } | { at: "recording"; by: Recording } | { at: "made"; sound: Sound; url: string };

function RecordPart({ language, prompt, onChanged }: { language: string; prompt: Prompt; onChanged: () => void }) {
  const [taking, setTaking] = useState<Taking>({ at: "idle" });
  const [fault, setFault] = useState("");
  const [asking, setAsking] = useState(false);
  const latest = useRef(taking);
  latest.current = taking;
  useEffect(() => () => leave(latest.current), []);
  const made = (sound: Sound) => setTaking({ at: "made", sound, url: URL.createObjectURL(sound.wav) });
  const begin = async () => {
    setFault("");
    try {
      setTaking({ at: "recording", by: await record() });
    } catch {
      setFault(P.prompts.noMicrophone);
    }
  };
  const stop = async (by: Recording) => {
    try {
      made(await by.stop());
    } catch {
      setFault(P.prompts.unreadable);
      setTaking({ at: "idle" });
    }
  };
  const upload = async (file: File | undefined) => {
    if (!file) return;
    setFault("");
    try {
      made(await soundOf(file));
    } catch {
      setFault(P.prompts.unreadable);
    }
  };
  const put = async (act: () => Promise<unknown>) => {
    try {
      await act();
      leave(taking);
      setTaking({ at: "idle" });
      setFault("");
      setAsking(false);
      tell(P.prompts.done(prompt.key));
      onChanged();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFault(error.message);
    }
  };
  const path = audioPath(language, prompt.key);
  return (
    <section className="stack" aria-label={P.prompts.fresh}>
      <h3>{P.prompts.fresh}</h3>
      {fault && (
        <p className="fault" role="alert">
          {fault}
        </p>
      )}
      {taking.at === "recording" && (
        <div className="sounds">
          <p className="live-dot" role="status">
            ● {P.prompts.recording}
          </p>
          <button type="button" className="primary" autoFocus onClick={() => void stop(taking.by)}>
            {P.prompts.stopRecording}
          </button>
        </div>
      )}
      {taking.at === "made" && (
        <>
          <Wave samples={taking.sound.samples} label={P.prompts.wave} />
          <audio controls src={taking.url} aria-label={P.prompts.fresh} />
          <div className="sounds">
            <button type="button" className="primary" autoFocus onClick={() => void put(() => askFile(path, "PUT", taking.sound.wav))}>
              {P.prompts.take}
            </button>
            <button
              type="button"
              onClick={() => {
                leave(taking);
                setTaking({ at: "idle" });
              }}
            >
              {P.prompts.drop}
            </button>
          </div>
        </>
      )}
      {taking.at === "idle" && (
        <div className="sounds">
          <button type="button" onClick={() => void begin()}>
            {P.prompts.record}
          </button>
          <label className="upload">
            {P.prompts.upload}
            <input
              type="file"
              accept="audio/*,.wav,.mp3,.webm,.ogg"
              onChange={(event) => {
                void upload(event.target.files?.[0]);
                event.target.value = "";
              }}
            />
          </label>
          {prompt.source === "recorded" && !asking && (
            <button type="button" onClick={() => setAsking(true)}>
              {P.prompts.revert}
            </button>
          )}
          {asking && (
            <p role="alert">
              {P.prompts.revertAsk}{" "}
              <button type="button" className="danger" autoFocus onClick={() => void put(() => ask(path, { method: "DELETE" }))}>
                {P.prompts.revert}
              </button>{" "}
              <button type="button" onClick={() => setAsking(false)}>
                {T.cancel}
              </button>
            </p>
          )}
        </div>
      )}
    </section>
  );
}

function leave(taking: Taking): void {
  if (taking.at === "recording") taking.by.cancel();
  if (taking.at === "made") URL.revokeObjectURL(taking.url);
}

interface NewProps {
  language: string;
  onDone: (key: string) => void;
  onClose: () => void;
}

export function NewPrompt({ language, onDone, onClose }: NewProps) {
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
        {fault && (
          <p className="fault" role="alert">
            {fault}
          </p>
        )}
        <label className="field">
          {P.prompts.key}
          <input name="key" required pattern="[a-z0-9][a-z0-9\-]{0,63}" maxLength={64} autoComplete="off" />
        </label>
        <label className="field">
          {P.prompts.text}
          <textarea name="text" rows={3} required maxLength={1000} />
        </label>
        <footer>
          <button type="button" onClick={onClose}>
            {T.cancel}
          </button>
          <button type="submit" className="primary">
            {P.save}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
