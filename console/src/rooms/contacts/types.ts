import type { Schemas } from "@/api";

/** The server's shapes by the names this room uses. */
export type MemberRow = Schemas["MemberOut"];
export type Member = Schemas["MemberDetail"];
export type Fact = Schemas["TimelineItem"];
export type MergeRow = Schemas["MergeOut"];
export type TagGroup = Schemas["TagGroupOut"];
export type Tag = TagGroup["tags"][number];
export type AttributeDef = Schemas["AttributeOut"];
