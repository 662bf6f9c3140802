// Signing in and out.
import { ask, get, post, useToken } from "./client.ts";

export type Role = "admin" | "supervisor" | "agent" | "wallboard";

export interface Me {
  name: string;
  role: Role;
  must_change: boolean;
}

interface Begun {
  user: Me;
  csrf: string;
}

export async function whoAmI(): Promise<Me> {
  return begun(await get<Begun>("/me"));
}

export async function signIn(name: string, password: string): Promise<Me> {
  return begun(await post<Begun>("/session", { name, password }));
}

export async function signOut(): Promise<void> {
  await ask("/session", { method: "DELETE" });
}

export async function changePassword(old: string, password: string): Promise<void> {
  await ask("/me/password", { method: "PUT", body: { old, new: password } });
}

function begun({ user, csrf }: Begun): Me {
  useToken(csrf);
  return user;
}
