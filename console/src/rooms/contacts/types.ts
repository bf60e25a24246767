/** Shapes of the contacts room's answers. */

export interface MemberRow {
  id: number;
  name: string | null;
  phone: string | null;
  tags: string[];
  channels: string[];
  source: string;
  created_at: string;
  updated_at: string;
}

export interface Identity {
  id: number;
  kind: string;
  masked: string;
  created_at: string;
}

export interface MemberTag {
  name: string;
  group: string;
  source: string;
  tagged_at: string;
  expires_at: string | null;
}

export interface ConsentRow {
  channel: string;
  state: string;
  source: string | null;
  changed_at: string | null;
}

export interface Member {
  id: number;
  name: string | null;
  zone: string | null;
  source: string;
  attributes: Record<string, unknown>;
  identities: Identity[];
  tags: MemberTag[];
  consents: ConsentRow[];
  suppressions: { channel: string; reason: string; since: string }[];
  merged_into: number | null;
  erased_at: string | null;
  created_at: string;
  updated_at: string;
}

export interface Fact {
  id: number;
  name: string;
  zh: string;
  en: string;
  occurred_at: string;
  actor: string;
  props: Record<string, unknown>;
}

export interface MergeRow {
  id: number;
  winner_id: number;
  loser_id: number;
  reason: string;
  merged_by: string;
  merged_at: string;
  undone_at: string | null;
}

export interface Tag {
  id: number;
  name: string;
  members: number;
}

export interface TagGroup {
  id: number;
  name: string;
  kind: string;
  owner: string;
  exclusive: boolean;
  days: number | null;
  tags: Tag[];
}

export interface Norm {
  kind: string;
  tags: string[];
  members: number;
  zh: string;
  en: string;
}

export interface NormsReport {
  items: Norm[];
}

export interface AttributeDef {
  name: string;
  label: string;
  type: string;
  options: string[] | null;
  created_at: string;
}
