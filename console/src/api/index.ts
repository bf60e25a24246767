export { del, get, lines, patch, post, put, upload, urlOf } from "./client";
export type { Options, Query } from "./client";
export { asProblem, Problem, unreachable } from "./problem";
export type { FieldFault } from "./problem";
export { ME, useCan, useMe, useSession, useSignIn, useSignOut } from "./session";
export { api, ok } from "./typed";
export type { AnswerOf, BodyOf, Schemas } from "./typed";
export type { Listed, LocaleName, Me } from "./types";
