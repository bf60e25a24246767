/** Compiles only while what the server answers fits what these pages read. */
import type { Schemas } from "@/api";
import type { Metric, Report } from "./api";

type Fits<Server extends Read, Read> = Server;

export type Contract = [
  Fits<Omit<Schemas["ReportOut"], "chart" | "columns" | "rows">, Omit<Report, "chart" | "columns" | "rows">>,
  Fits<Schemas["MetricOut"], Metric>,
];
