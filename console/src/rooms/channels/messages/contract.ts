/** Compiles only while what the server answers fits what these pages read. */
import type { Schemas } from "@/api";
import type { AccountQuotas, Message, Summary } from "./data";

type Fits<Server extends Read, Read> = Server;

export type Contract = [
  Fits<Schemas["MessageOut"], Message>,
  Fits<Schemas["SummaryOut"], Summary>,
  Fits<Schemas["QuotasOut"]["items"][number], AccountQuotas>,
];
