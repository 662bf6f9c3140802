// A recording in the place of what the voice says: made here, or a file.
import { useEffect, useRef, useState } from "react";
import { ApiError, ask, askFile } from "../api/client.ts";
import { tell } from "../shell/toasts.ts";
import { T } from "../texts.ts";
import { Fault } from "../ui/ListTable.tsx";
import { Wave } from "../ui/Wave.tsx";
import { type Recording, type Sound, record, soundOf } from "../ui/recorder.ts";
import { type Prompt, audioPath } from "./PromptsPage.tsx";
import { P } from "./words.ts";

type Taking = { at: "idle" } | { at: "recording"; by: Recording } | { at: "made"; sound: Sound; url: string };

interface Props {
  language: string;
  prompt: Prompt;
  onChanged: () => void;
}

export function RecordPart({ language, prompt, onChanged }: Props) {
  const { taking, fault, begin, stop, upload, drop, said } = useTaking();
  const path = audioPath(language, prompt.key);
  const put = async (act: () => Promise<unknown>) => {
    try {
      await act();
      drop();
      tell(P.prompts.done(prompt.key));
      onChanged();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      said(error.message);
    }
  };
  return (
    <section className="stack" aria-label={P.prompts.fresh}>
      <h3>{P.prompts.fresh}</h3>
      <Fault text={fault} />
      {taking.at === "recording" && <Running onStop={() => void stop(taking.by)} />}
      {taking.at === "made" && <Made sound={taking.sound} url={taking.url} onTake={() => void put(() => askFile(path, "PUT", taking.sound.wav))} onDrop={drop} />}
      {taking.at === "idle" && (
        <div className="sounds">
          <button type="button" onClick={() => void begin()}>
            {P.prompts.record}
          </button>
          <Upload onFile={(file) => void upload(file)} />
          {prompt.source === "recorded" && <Revert onGo={() => void put(() => ask(path, { method: "DELETE" }))} />}
        </div>
      )}
    </section>
  );
}

/** The recording that is being made, from the first sound until it is taken or dropped. */
function useTaking() {
  const [taking, setTaking] = useState<Taking>({ at: "idle" });
  const [fault, said] = useState("");
  const latest = useRef(taking);
  latest.current = taking;
  useEffect(() => () => leave(latest.current), []);
  const made = (sound: Sound) => setTaking({ at: "made", sound, url: URL.createObjectURL(sound.wav) });
  const begin = async () => {
    said("");
    await record().then(
      (by) => setTaking({ at: "recording", by }),
      () => said(P.prompts.noMicrophone),
    );
  };
  const stop = (by: Recording) =>
    by.stop().then(made, () => {
      said(P.prompts.unreadable);
      setTaking({ at: "idle" });
    });
  const upload = async (file: File | undefined) => {
    said("");
    if (file) await soundOf(file).then(made, () => said(P.prompts.unreadable));
  };
  const drop = () => {
    leave(latest.current);
    setTaking({ at: "idle" });
    said("");
  };
  return { taking, fault, begin, stop, upload, drop, said };
}

function leave(taking: Taking): void {
  if (taking.at === "recording") taking.by.cancel();
  if (taking.at === "made") URL.revokeObjectURL(taking.url);
}

function Running({ onStop }: { onStop: () => void }) {
  return (
    <div className="sounds">
      <p className="live-dot" role="status">
        ● {P.prompts.recording}
      </p>
      <button type="button" className="primary" autoFocus onClick={onStop}>
        {P.prompts.stopRecording}
      </button>
    </div>
  );
}

function Made({ sound, url, onTake, onDrop }: { sound: Sound; url: string; onTake: () => void; onDrop: () => void }) {
  return (
    <>
      <Wave samples={sound.samples} label={P.prompts.wave} />
      <audio controls src={url} aria-label={P.prompts.fresh} />
      <div className="sounds">
        <button type="button" className="primary" autoFocus onClick={onTake}>
          {P.prompts.take}
        </button>
        <button type="button" onClick={onDrop}>
          {P.prompts.drop}
        </button>
      </div>
    </>
  );
}

function Upload({ onFile }: { onFile: (file: File | undefined) => void }) {
  return (
    <label className="upload">
      {P.prompts.upload}
      <input
        type="file"
        accept="audio/*,.wav,.mp3,.webm,.ogg"
        onChange={(event) => {
          onFile(event.target.files?.[0]);
          event.target.value = "";
        }}
      />
    </label>
  );
}

function Revert({ onGo }: { onGo: () => void }) {
  const [asking, setAsking] = useState(false);
  if (!asking) {
    return (
      <button type="button" onClick={() => setAsking(true)}>
        {P.prompts.revert}
      </button>
    );
  }
  return (
    <p role="alert">
      {P.prompts.revertAsk}{" "}
      <button type="button" className="danger" autoFocus onClick={onGo}>
        {P.prompts.revert}
      </button>{" "}
      <button type="button" onClick={() => setAsking(false)}>
        {T.cancel}
      </button>
    </p>
  );
}
