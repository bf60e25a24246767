import { csrfToken } from "./connection";
import { problemOf, unreachable } from "./problem";
import type { paths } from "./schema";
import { api } from "./typed";
import type { AnswerOf, BodyOf } from "./typed";

/** Requests that one answer of JSON cannot serve: downloads by address, an answer line by line, and uploads with progress. */

type Reads<P extends keyof paths> = paths[P] extends { get: { parameters: infer Parameters } } ? Parameters : never;

/** The address of a file that the browser downloads itself. */
export function addressOf<P extends keyof paths>(path: P, parameters: { path?: Reads<P> extends { path: infer Path } ? Path : never; query?: Record<string, string> }): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String((parameters.path as Record<string, string | number> | undefined)?.[name])));
  const query = new URLSearchParams(parameters.query).toString();
  return `${filled}${query ? `?${query}` : ""}`;
}

/** Reads the live count's JSON lines as they come; hanging up (the signal) ends the work on the server. */
export async function countLines<Line>(body: BodyOf<"/api/v1/audience-count/live", "post">, signal: AbortSignal, onLine: (line: Line) => void): Promise<void> {
  const { response } = await api.POST("/api/v1/audience-count/live", { body, signal, parseAs: "stream" });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    const whole = (rest + read.value).split("\n");
    rest = whole.pop() ?? "";
    for (const line of whole) if (line) onLine(JSON.parse(line) as Line);
  }
}

/** Uploads with progress; fetch cannot report how much of a body has gone out, so this is XMLHttpRequest. */
export function upload(form: FormData, onProgress: (share: number) => void): Promise<AnswerOf<"/api/v1/uploads", "post">> {
  const path: keyof paths = "/api/v1/uploads";
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open("POST", path);
    call.setRequestHeader("Accept", "application/json");
    call.setRequestHeader("X-CSRF-Token", csrfToken());
    call.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) onProgress(event.loaded / event.total);
    };
    call.onerror = () => {
      reject(unreachable());
    };
    call.onload = () => {
      if (call.status < 300) resolve(JSON.parse(call.responseText) as AnswerOf<"/api/v1/uploads", "post">);
      else void problemOf(new Response(call.responseText, { status: call.status })).then(reject);
    };
    call.send(form);
  });
}
