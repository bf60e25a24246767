import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "@/api";
import type { BodyOf } from "@/api";
import { format, useConfirm, useLocale, useNotify, useProblem, useT } from "@/ui";
import { at, refresh } from "./data";
import { runWords } from "./words";

interface Enrol {
  enrol: (journey: { id: number; name: string }, body: BodyOf<"/api/v1/journeys/{journey_id}/enrol", "post">) => Promise<void>;
  busy: boolean;
  refusal: string | null;
}

/** Lets members in by hand: says how many would enter and asks once more. */
export function useEnrol(onDone: () => void): Enrol {
  const t = useT(runWords);
  const { locale } = useLocale();
  const problems = useProblem();
  const notify = useNotify();
  const confirm = useConfirm();
  const cache = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const enrol: Enrol["enrol"] = async (journey, body) => {
    setBusy(true);
    setRefusal(null);
    try {
      const preview = await ok(api.POST("/api/v1/journeys/{journey_id}/enrol-preview", { ...at(journey.id), body }));
      const n = (value: number): string => format.number(value, locale);
      confirm({
        title: t("enrolAsk", { n: n(preview.entering), name: journey.name }), act: t("enrolAct"),
        body: (
          <div className="stack tight">
            <span>{t("enrolNamed", { n: n(preview.named), out: n(preview.named - preview.entering) })}</span>
            <span>{t("enrolReachable", { n: n(preview.reachable) })}</span>
            {preview.restarting ? <span>{t("enrolRestarting", { n: n(preview.restarting) })}</span> : null}
          </div>
        ),
        run: async () => {
          const done = await ok(api.POST("/api/v1/journeys/{journey_id}/enrol", { ...at(journey.id), body: { ...body, expected: preview.entering } }));
          notify.done(done.coming ? t("enrolComing") : t("enrolDone", { n: n(done.entered) }));
          await refresh(cache);
          onDone();
        },
      });
    } catch (error) {
      setRefusal(problems.text(error));
    } finally {
      setBusy(false);
    }
  };
  return { enrol, busy, refusal };
}
