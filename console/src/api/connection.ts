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

/** True when the request may be tried again without a person: the network or a busy server, never a refusal. */
export function worthRetry(count: number, error: unknown): boolean {
  if (!(error instanceof Problem)) return false;
  return count < 2 && (error.status === 0 || error.status === 502 || error.status === 503);
}
