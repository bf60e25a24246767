export { asProblem, Problem, unreachable } from "./problem";
export type { FieldFault } from "./problem";
export { ME, useCan, useMe, useSession, useSignIn, useSignOut } from "./session";
export type { Me } from "./session";
export { useLabels } from "./labels";
export type { Labels, LabelSet } from "./labels";
export { addressOf, countLines, upload } from "./transfer";
export { api, filled, ok } from "./typed";
export type { AnswerOf, BodyOf, ItemOf, QueryOf, Schemas } from "./typed";
