// Signing in and out.
import { ApiError, ask, get, post, useToken } from "./client.ts";

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

// Whether somebody signed in with this browser. The session itself is in a cookie that no script can read; without this
// note every first visit would begin with a refused request.
const NOTE = "desk.signed-in";

/** null: nobody is signed in. */
export async function whoAmI(): Promise<Me | null> {
  if (!localStorage.getItem(NOTE)) return null;
  try {
    return begun(await get<Begun>("/me"));
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 401)) throw error;
    localStorage.removeItem(NOTE);
    return null;
  }
}

export async function signIn(name: string, password: string): Promise<Me> {
  return begun(await post<Begun>("/session", { name, password }));
}

export async function signOut(): Promise<void> {
  localStorage.removeItem(NOTE);
  await ask("/session", { method: "DELETE" });
}

export async function changePassword(old: string, password: string): Promise<void> {
  await ask("/me/password", { method: "PUT", body: { old, new: password } });
}

function begun({ user, csrf }: Begun): Me {
  localStorage.setItem(NOTE, "1");
  useToken(csrf);
  return user;
}
