/** Compiles only while what the server answers fits what these pages read. */
import type { Schemas } from "@/api";
import type { Today } from "./api";

type Fits<Server extends Read, Read> = Server;

export type Contract = [
  Fits<Pick<Schemas["TodayOut"], "as_of" | "empty" | "members" | "reachable">, Pick<Today, "as_of" | "empty" | "members" | "reachable">>,
];
