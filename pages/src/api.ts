/** The preference page's two calls. The token in the address is the only credential. */

export type State = "given" | "withdrawn" | "none";

export interface Channel {
  channel: string;
  zh: string;
  en: string;
  state: State;
}

export interface Preferences {
  shop: string;
  locale: string;
  channels: Channel[];
  /** Nothing is sent on any channel. */
  stopped: boolean;
}

/** What the server says of a link that opens nothing, in both languages. */
export interface Reason {
  title: string;
  title_zh: string;
  detail: string;
  detail_zh: string;
}

export class Refused extends Error {
  readonly status: number;
  readonly reason: Reason | null;

  constructor(status: number, reason: Reason | null) {
    super(`refused with ${String(status)}`);
    this.status = status;
    this.reason = reason;
  }
}

const reasonOf = async (response: Response): Promise<Reason | null> => {
  try {
    return (await response.json()) as Reason;
  } catch {
    return null;
  }
};

async function call(token: string, init?: RequestInit): Promise<Preferences> {
  const response = await fetch(`/api/v1/preferences/${encodeURIComponent(token)}`, { headers: { "Content-Type": "application/json", Accept: "application/json" }, ...init });
  if (!response.ok) throw new Refused(response.status, await reasonOf(response));
  return (await response.json()) as Preferences;
}

export const read = (token: string): Promise<Preferences> => call(token);

/** Says yes or no about one channel; `null` with false means nothing anywhere. */
export const choose = (token: string, channel: string | null, optedIn: boolean): Promise<Preferences> =>
  call(token, { method: "POST", body: JSON.stringify({ channel, opted_in: optedIn }) });
