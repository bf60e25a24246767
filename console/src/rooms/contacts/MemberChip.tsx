import type { ReactNode } from "react";
import { PersonChip } from "@/ui";

interface Props {
  id: number | string;
  name: string | null | undefined;
  note?: ReactNode;
}

/** What a member without a name is called: their number. */
export const memberName = (id: number | string, name: string | null | undefined): string => (name?.trim() ? name.trim() : `#${String(id)}`);

/** A member, linked to their page. */
export function MemberChip({ id, name, note }: Props) {
  return <PersonChip name={memberName(id, name)} note={note} href={`/members/${String(id)}`} />;
}
