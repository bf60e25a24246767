import { Problem } from "./problem";

/** What every request to the server shares: the token of unsafe ones, and what happens when the session has ended. */
let csrf = "";
let onSignedOut: (() => void) | null = null;

/** The token that unsafe requests carry; it comes with /me and with sign-in. */
export const csrfToken = (): string => csrf;

export function keepCsrf(token: string): void {
  csrf = token;
}

export function signedOut(): void {
  onSignedOut?.();
}

/** Called when the session has ended on the server (401 outside of sign-in). */
export function whenSignedOut(act: () => void): void {
  onSignedOut = act;
}

let ended = false;
const watchers = new Set<() => void>();

/** The session of a page that is open has ended on the server: the page stays, and asks to sign in again. */
export const sessionEnd = {
  mark(now: boolean): void {
    ended = now;
    for (const watcher of watchers) watcher();
  },
  has: (): boolean => ended,
  watch(watcher: () => void): () => void {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  },
};

/** Calls `act` when what could not be reached may be there again: the network is back, or somebody has signed in again. */
export function whenBack(act: () => void): () => void {
  const unwatch = sessionEnd.watch(() => { if (!ended) act(); });
  addEventListener("online", act);
  return () => {
    unwatch();
    removeEventListener("online", act);
  };
}

const RETRY_MS = 5_000;

/** How soon a page asks again, by itself, for what it could not reach; never for a refusal. */
export function retryUnreached(error: unknown): number | false {
  return error instanceof Problem && (error.status === 0 || error.status === 502 || error.status === 503) && error.code !== "unknown" ? RETRY_MS : false;
}

/** True when the request may be tried again without a person: the network or a busy server, never a refusal. */
export function worthRetry(count: number, error: unknown): boolean {
  if (!(error instanceof Problem)) return false;
  return count < 2 && (error.status === 0 || error.status === 502 || error.status === 503);
}
