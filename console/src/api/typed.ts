import createClient from "openapi-fetch";
import { keptCsrf, signedOut } from "./client";
import { problemOf, unreachable } from "./problem";
import type { components, paths } from "./schema";

/** Shapes by the names they have on the server: `Schemas["MeOut"]`. */
export type Schemas = components["schemas"];

/** The JSON body of a request, where its name in the schema is shared by two rooms: `BodyOf<"/api/v1/members", "post">`. */
export type BodyOf<P extends keyof paths, M extends keyof paths[P]> = paths[P][M] extends { requestBody: { content: { "application/json": infer B } } } ? B : never;

/** The JSON of an answer, likewise: `AnswerOf<"/api/v1/imports/preview", "post">`. */
export type AnswerOf<P extends keyof paths, M extends keyof paths[P]> = paths[P][M] extends { responses: { 200: { content: { "application/json": infer A } } } } ? A : never;

const SAFE = new Set(["GET", "HEAD"]);

/** The generated client: every path, parameter and answer is checked against the server's own description. */
export const api = createClient<paths>({
  credentials: "same-origin",
  querySerializer: { array: { style: "form", explode: true } },
});

api.use({
  onRequest({ request }) {
    if (!SAFE.has(request.method)) request.headers.set("X-CSRF-Token", keptCsrf());
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
