/** Compiles only while what the server answers fits what these pages read. */
import type { Schemas } from "@/api";
import type { AudienceDetail, Counted, Explained, MembersPage } from "./api";

type Fits<Server extends Read, Read> = Server;

export type Contract = [
  Fits<Omit<Schemas["AudienceDetailOut"], "tree" | "versions">, Omit<AudienceDetail, "tree" | "versions">>,
  Fits<Schemas["CountOut"], Counted>,
  Fits<Schemas["ExplainOut"], Explained>,
  Fits<Schemas["AudienceMembersOut"], MembersPage>,
];
