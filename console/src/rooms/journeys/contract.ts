/** Compiles only while what the server answers fits what these pages read. */
import type { Schemas } from "@/api";
import type { DryRun, Enrolment, Journey, JourneyCounts } from "./api";

type Fits<Server extends Read, Read> = Server;

export type Contract = [
  Fits<Omit<Schemas["JourneyDetail"], "draft">, Journey>,
  Fits<Schemas["CountsOut"], JourneyCounts>,
  Fits<Schemas["DryRunOut"], DryRun>,
  Fits<Schemas["RunOut"], Enrolment>,
];
