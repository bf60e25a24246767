/** What the server says when it refuses: application/problem+json. */

export interface FieldFault {
  path: string;
  reason: string;
  reason_zh?: string | null;
  expected?: string | null;
  expected_zh?: string | null;
  /** The page that shows what stands in the way. */
  href?: string | null;
}

export interface ProblemBody {
  type?: string;
  title?: string;
  title_zh?: string;
  status: number;
  code: string;
  detail?: string | null;
  detail_zh?: string | null;
  errors?: FieldFault[];
}

/** A refused request. `code` is stable, `detail` is for people; `status` 0 means the server was not reached. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly body: ProblemBody;

  constructor(body: ProblemBody) {
    super(body.detail ?? body.title ?? body.code);
    this.name = "Problem";
    this.status = body.status;
    this.code = body.code;
    this.body = body;
  }

  get faults(): FieldFault[] {
    return this.body.errors ?? [];
  }
}

interface PlainValidation {
  detail?: { loc: (string | number)[]; msg: string }[];
}

function isBody(value: unknown): value is ProblemBody {
  return typeof value === "object" && value !== null && "code" in value && "status" in value;
}

/** Turns any refused answer into a Problem, also those of a proxy that does not speak problem+json. */
export async function problemOf(response: Response): Promise<Problem> {
  const value: unknown = await response.json().catch(() => null);
  if (isBody(value)) return new Problem(value);
  const plain = value as PlainValidation | null;
  const errors = Array.isArray(plain?.detail)
    ? plain.detail.map((item) => ({ path: item.loc.filter((part) => part !== "body").join("."), reason: item.msg }))
    : [];
  return new Problem({ status: response.status, code: `http_${String(response.status)}`, errors });
}

export const unreachable = (): Problem => new Problem({ status: 0, code: "unreachable" });

export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem({ status: 0, code: "unknown", detail: error instanceof Error ? error.message : null });
}
