// One door to the desk: JSON in and out, errors as values of one type, the session's CSRF token on whatever changes something.

export interface ErrorDetail {
  code?: string;
  node?: string;
  field?: string;
  text?: string;
  severity?: string;
}

export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: ErrorDetail[];
  /** The whole answer: a conflict carries the other's draft. */
  readonly answer: Record<string, unknown>;

  constructor(status: number, answer: Record<string, unknown>) {
    super(typeof answer.message === "string" ? answer.message : `status ${status}`);
    this.status = status;
    this.code = typeof answer.code === "string" ? answer.code : "unreachable";
    this.details = Array.isArray(answer.details) ? (answer.details as ErrorDetail[]) : [];
    this.answer = answer;
  }
}

export interface Answer<T> {
  data: T;
  tag: string;
}

const ROOT = "/api/v1";
const UNREACHABLE = 0;

let csrf = "";
let onSignedOut: () => void = () => undefined;

export function useToken(token: string): void {
  csrf = token;
}

/** What is done when the session has ended. */
export function whenSignedOut(act: () => void): void {
  onSignedOut = act;
}

export function signedOut(): void {
  onSignedOut();
}

export interface Ask {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  body?: unknown;
  ifMatch?: string;
  signal?: AbortSignal;
  /** The page asks by itself: a session does not last longer for it. */
  unattended?: boolean;
}

export async function ask<T>(path: string, what: Ask = {}): Promise<Answer<T>> {
  const method = what.method ?? "GET";
  const headers = new Headers({ Accept: "application/json" });
  if (method !== "GET") headers.set("X-CSRF-Token", csrf);
  if (what.unattended) headers.set("X-Unattended", "1");
  if (what.body !== undefined) headers.set("Content-Type", "application/json");
  if (what.ifMatch !== undefined) headers.set("If-Match", `"${what.ifMatch}"`);
  const response = await sent(path, {
    method,
    headers,
    credentials: "same-origin",
    ...(what.body === undefined ? {} : { body: JSON.stringify(what.body) }),
    ...(what.signal ? { signal: what.signal } : {}),
  });
  const read = response.status === 204 ? null : await readJson(response);
  if (!response.ok) {
    if (response.status === 401 && path !== "/session") onSignedOut();
    throw new ApiError(response.status, (read ?? {}) as Record<string, unknown>);
  }
  return { data: read as T, tag: tagOf(response) };
}

/** Which version an answer is of, for whoever wants to change it. */
export function tagOf(response: Response): string {
  return (response.headers.get("ETag") ?? "").replace(/^W\//, "").replaceAll('"', "");
}

export async function get<T>(path: string, more: Ask = {}): Promise<T> {
  return (await ask<T>(path, more)).data;
}

export async function post<T>(path: string, body: unknown, more: Ask = {}): Promise<T> {
  return (await ask<T>(path, { ...more, method: "POST", body })).data;
}

/** Send a file, or ask for one: `body` is a file, or values that are sent as JSON. */
export async function askFile(path: string, method: "GET" | "POST" | "PUT", body?: Blob | object, ifMatch?: string): Promise<Response> {
  const headers = new Headers();
  if (ifMatch !== undefined) headers.set("If-Match", `"${ifMatch}"`);
  if (method !== "GET") headers.set("X-CSRF-Token", csrf);
  const isFile = body instanceof Blob;
  if (body) headers.set("Content-Type", isFile ? "application/octet-stream" : "application/json");
  const sentBody = isFile ? body : body && JSON.stringify(body);
  const response = await sent(path, { method, headers, credentials: "same-origin", ...(sentBody ? { body: sentBody } : {}) });
  if (!response.ok) {
    if (response.status === 401) onSignedOut();
    throw new ApiError(response.status, ((await readJson(response)) ?? {}) as Record<string, unknown>);
  }
  return response;
}

async function sent(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(ROOT + path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(UNREACHABLE, { code: "unreachable", message: "The desk does not answer." });
  }
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return { code: "no-json", message: `The desk answered with status ${response.status}.` };
  }
}
