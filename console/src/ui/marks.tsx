import type { ReactNode } from "react";
import { Link } from "react-router";
import { useT } from "./i18n";

export type Tone = "good" | "warn" | "bad" | "busy" | "quiet";

/** A state in words with a tone; the dot is an addition, never the only sign. */
export function StateTag({ tone = "quiet", children }: { tone?: Tone; children: ReactNode }) {
  return <span className={`tone ${tone}`}>{children}</span>;
}

interface PersonProps {
  name: string | null | undefined;
  note?: ReactNode;
  /** Links to the member's page when given. */
  memberId?: string;
}

export function PersonChip({ name, note, memberId }: PersonProps) {
  const t = useT();
  const shown = name?.trim() ? name.trim() : t("unknown");
  const inner = (
    <>
      <span className="person-face" aria-hidden="true">{Array.from(shown)[0]?.toUpperCase()}</span>
      <span style={{ minWidth: 0 }}>
        <span className="person-name clip">{shown}</span>
        {note ? <span className="person-note clip">{note}</span> : null}
      </span>
    </>
  );
  return memberId ? <Link className="person" to={`/members/${memberId}`}>{inner}</Link> : <span className="person">{inner}</span>;
}

export type SentencePart = string | { part: ReactNode } | { joint: ReactNode };

/** Conditions read as a sentence: plain words, highlighted parts, and grey joints (and / or / not). */
export function Sentence({ parts }: { parts: SentencePart[] }) {
  return (
    <p className="sentence">
      {parts.map((item, index) => {
        if (typeof item === "string") return <span key={index}>{item}</span>;
        if ("part" in item) return <span key={index} className="part">{item.part}</span>;
        return <span key={index} className="joint">{item.joint}</span>;
      })}
    </p>
  );
}
