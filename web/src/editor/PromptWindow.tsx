// What a prompt says, changed or written where a flow uses it. Prompts are no part of a draft.
import { useEffect, useState } from "react";
import { prompts as promptsOf } from "../api/centre.ts";
import { get } from "../api/client.ts";
import { NewPrompt, PromptDialog } from "../pages/PromptDialog.tsx";
import type { Prompt } from "../pages/PromptsPage.tsx";
import { Dialog } from "../shell/Dialog.tsx";
import { tellError } from "../shell/toasts.ts";
import "../style/pages.css";
import { T } from "../texts.ts";
import { noteWords } from "./loading.ts";
import { useEditor } from "./store.ts";

export default function PromptWindow({ onClose }: { onClose: () => void }) {
  const asked = useEditor((state) => state.prompt) ?? "";
  const first = useEditor((state) => state.history.draft.body.languages?.[0] ?? "en");
  const mayEdit = useEditor((state) => state.mayEdit);
  const [items, setItems] = useState<Prompt[] | null>(null);
  const { language, key } = placeOf(asked, first);
  const look = async () => {
    setItems((await get<{ items: Prompt[] }>(`/prompts/${language}`)).items);
    if (language === first) noteWords(await promptsOf(language));
  };
  useEffect(() => {
    look().catch(tellError);
  }, [language]);
  const changed = () => void look().catch(tellError);
  const prompt = items?.find((one) => one.key === key);
  if (!items) {
    return (
      <Dialog title={key} onClose={onClose}>
        <p className="empty">{T.loading}</p>
      </Dialog>
    );
  }
  if (!prompt) return <NewPrompt language={language} begin={key} about={T.prompt.atOnce} onClose={onClose} onDone={changed} />;
  return <PromptDialog language={language} prompt={prompt} mayEdit={mayEdit} about={T.prompt.atOnce} onChanged={changed} onClose={onClose} />;
}

/** `es/goodbye` is the prompt of another language than the caller's. */
function placeOf(asked: string, first: string): { language: string; key: string } {
  const [language = "", key] = asked.split("/");
  return key === undefined ? { language: first, key: asked } : { language, key };
}
