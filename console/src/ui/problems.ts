import { useCallback } from "react";
import { asProblem } from "@/api";
import type { FieldFault, Problem } from "@/api";
import { useLocale, useT } from "./i18n";

const BY_STATUS = {
  0: "problemUnreachable",
  403: "problemForbidden",
  404: "problemMissing",
  409: "problemConflict",
  422: "problemInvalid",
  429: "problemLimit",
} as const;

/** What is expected when it reads the same in every language; values of the API are no words for people. */
const plain = (expected: string | null | undefined): string | undefined => (expected && !/[a-z]{2}/i.test(expected) ? expected : undefined);

export interface ProblemWords {
  /** What happened and what to do, in the reader's language. */
  text: (error: unknown) => string;
  fault: (fault: FieldFault) => string;
}

/** Puts problem+json into words. The server's own sentence wins; the status is the fallback. */
export function useProblem(): ProblemWords {
  const t = useT();
  const { locale } = useLocale();
  const text = useCallback(
    (error: unknown) => {
      const problem: Problem = asProblem(error);
      const detail = locale === "zh" ? problem.body.detail_zh : problem.body.detail;
      if (detail && problem.code !== "unknown") return detail;
      if (problem.code === "unknown") return t("problemUnknown");
      const key = BY_STATUS[problem.status as keyof typeof BY_STATUS];
      if (key) return t(key);
      return problem.status >= 500 ? t("problemServer") : t("problemUnknown");
    },
    [locale, t],
  );
  const fault = useCallback(
    (item: FieldFault) => {
      const reason = (locale === "zh" ? item.reason_zh : item.reason) ?? t("problemInvalid");
      const expected = locale === "zh" ? (item.expected_zh ?? plain(item.expected)) : item.expected;
      return expected ? `${reason}${locale === "zh" ? "。" : ". "}${t("expected", { what: expected })}` : reason;
    },
    [locale, t],
  );
  return { text, fault };
}
