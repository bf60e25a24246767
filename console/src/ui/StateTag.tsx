import type { ReactNode } from "react";

export type Tone = "good" | "warn" | "bad" | "busy" | "quiet";

/** A state in words with a tone; the dot is an addition, never the only sign. */
export function StateTag({ tone = "quiet", children }: { tone?: Tone; children: ReactNode }) {
  return <span className={`tone ${tone}`}>{children}</span>;
}
