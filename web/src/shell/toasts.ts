// Short messages in a corner, read out by screen readers.
import { create } from "zustand";

export interface Toast {
  id: number;
  sort: "info" | "error";
  text: string;
}

const STAYS_MS = 6_000;
let count = 0;

export const useToasts = create<{ toasts: Toast[] }>(() => ({ toasts: [] }));

export function tell(text: string, sort: Toast["sort"] = "info"): void {
  count += 1;
  const toast = { id: count, sort, text };
  useToasts.setState(({ toasts }) => ({ toasts: [...toasts.filter((one) => one.text !== text), toast].slice(-4) }));
  setTimeout(() => dismiss(toast.id), sort === "error" ? 2 * STAYS_MS : STAYS_MS);
}

export function dismiss(id: number): void {
  useToasts.setState(({ toasts }) => ({ toasts: toasts.filter((one) => one.id !== id) }));
}

export function tellError(error: unknown): void {
  tell(error instanceof Error ? error.message : String(error), "error");
}
