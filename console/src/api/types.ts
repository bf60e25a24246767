import type { Schemas } from "./typed";

/** Shapes of answers shared by all rooms. */

/** One page of a list; `next` is the cursor of the following page, null at the end. */
export interface Listed<T> {
  items: T[];
  total: number;
  next: string | null;
}

export type LocaleName = "zh" | "en";

export type Me = Schemas["MeOut"];
