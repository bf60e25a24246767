import createClient from "openapi-fetch";
import { csrfToken, signedOut } from "./connection";
import { problemOf, unreachable } from "./problem";
import type { components, paths } from "./schema";

/** Shapes by the names they have on the server: `Schemas["MeOut"]`. */
export type Schemas = components["schemas"];

type Method = "get" | "post" | "put" | "patch" | "delete";

/** The JSON body of a request, by its address: `BodyOf<"/api/v1/members", "post">`. */
export type BodyOf<P extends keyof paths, M extends Method> = paths[P] extends Record<M, { requestBody: { content: { "application/json": infer Body } } }> ? Body : never;

/** The JSON of an answer, by its address: `AnswerOf<"/api/v1/imports">`. */
export type AnswerOf<P extends keyof paths, M extends Method = "get"> = paths[P] extends Record<M, { responses: { 200: { content: { "application/json": infer Answer } } } }>
  ? Answer
  : paths[P] extends Record<M, { responses: { 201: { content: { "application/json": infer Made } } } }>
    ? Made
    : never;

/** One item of a list that the server answers with. */
export type ItemOf<P extends keyof paths> = AnswerOf<P> extends { items: (infer Item)[] } ? Item : never;

/** The filters of a list, by its address. */
export type QueryOf<P extends keyof paths> = paths[P] extends { get: { parameters: { query?: infer Query } } } ? NonNullable<Query> : never;

const SAFE = new Set(["GET", "HEAD"]);

/** The generated client: every path, parameter and answer is checked against the server's own description. */
export const api = createClient<paths>({
  credentials: "same-origin",
  querySerializer: { array: { style: "form", explode: true } },
});

api.use({
  onRequest({ request }) {
    if (!SAFE.has(request.method)) request.headers.set("X-CSRF-Token", csrfToken());
    return request;
  },
  async onResponse({ response, schemaPath }) {
    if (response.ok) return response;
    if (response.status === 401 && schemaPath !== "/api/v1/sign-in" && schemaPath !== "/api/v1/me") signedOut();
    throw await problemOf(response);
  },
  onError({ error }) {
    return error instanceof DOMException && error.name === "AbortError" ? error : unreachable();
  },
});

/** The data of an answer; refusals have already been thrown as Problem. `await ok(api.GET("/api/v1/me"))`. */
export async function ok<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T;
}

/** A list's filters without those that are not set: the server refuses an empty one. */
export function filled<Query extends object>(query: { [Key in keyof Query]: Query[Key] | "" | null | undefined }): Query {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== "" && value !== null && value !== undefined)) as Query;
}
