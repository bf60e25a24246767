import { Problem, problemOf, unreachable } from "./problem";

/** The one door to the server. Paths are given without the /api/v1 prefix. */
const ROOT = "/api/v1";
const SAFE = new Set(["GET", "HEAD"]);

let csrf = "";
let onSignedOut: (() => void) | null = null;

export const keptCsrf = (): string => csrf;

export function signedOut(): void {
  onSignedOut?.();
}

/** The token that unsafe requests carry; it comes with /me and with sign-in. */
export function keepCsrf(token: string): void {
  csrf = token;
}

/** Called when the session has ended on the server (401 outside of sign-in). */
export function whenSignedOut(act: () => void): void {
  onSignedOut = act;
}

export type QueryValue = string | number | boolean | null | undefined | readonly (string | number)[];
export type Query = Record<string, QueryValue>;

export function urlOf(path: string, query?: Query): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value === null || value === undefined || value === "") continue;
    if (Array.isArray(value)) for (const item of value) params.append(key, String(item));
    else params.set(key, String(value));
  }
  const text = params.toString();
  return `${ROOT}${path}${text ? `?${text}` : ""}`;
}

export interface Options {
  query?: Query;
  body?: unknown;
  signal?: AbortSignal;
}

async function request(method: string, path: string, options: Options = {}): Promise<Response> {
  const headers = new Headers({ Accept: "application/json" });
  let body: BodyInit | undefined;
  if (options.body instanceof FormData) body = options.body;
  else if (options.body !== undefined) {
    headers.set("Content-Type", "application/json");
    body = JSON.stringify(options.body);
  }
  if (!SAFE.has(method) && csrf) headers.set("X-CSRF-Token", csrf);
  let response: Response;
  try {
    response = await fetch(urlOf(path, options.query), {
      method, headers, credentials: "same-origin",
      ...(body === undefined ? {} : { body }),
      ...(options.signal ? { signal: options.signal } : {}),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw unreachable();
  }
  if (!response.ok) {
    if (response.status === 401 && path !== "/sign-in" && path !== "/me") signedOut();
    throw await problemOf(response);
  }
  return response;
}

async function parsed<T>(response: Response): Promise<T> {
  if (response.status === 204 || response.headers.get("content-length") === "0") return undefined as T;
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

const verb = (method: string) => async <T>(path: string, options?: Options): Promise<T> =>
  parsed<T>(await request(method, path, options));

/** Reads an answer of JSON lines as they come; hanging up (the signal) ends the work on the server. */
export async function lines<T>(path: string, options: Options, seen: (line: T) => void): Promise<void> {
  const response = await request("POST", path, options);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    const whole = (rest + read.value).split("\n");
    rest = whole.pop() ?? "";
    for (const line of whole) if (line) seen(JSON.parse(line) as T);
  }
}

export const get = verb("GET");
export const post = verb("POST");
export const put = verb("PUT");
export const patch = verb("PATCH");
export const del = verb("DELETE");

/** Uploads with progress; fetch cannot report how much of a body has gone out, so this is XMLHttpRequest. */
export function upload<T>(path: string, form: FormData, onProgress: (share: number) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open("POST", urlOf(path));
    call.setRequestHeader("Accept", "application/json");
    if (csrf) call.setRequestHeader("X-CSRF-Token", csrf);
    call.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) onProgress(event.loaded / event.total);
    };
    call.onerror = () => {
      reject(unreachable());
    };
    call.onload = () => {
      if (call.status < 300) resolve(JSON.parse(call.responseText) as T);
      else void problemOf(new Response(call.responseText, { status: call.status })).then(reject);
    };
    call.send(form);
  });
}

/** True when the request may be tried again without a person: the network or a busy server, never a refusal. */
export function worthRetry(count: number, error: unknown): boolean {
  if (!(error instanceof Problem)) return false;
  return count < 2 && (error.status === 0 || error.status === 502 || error.status === 503);
}
