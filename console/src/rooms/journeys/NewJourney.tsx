import { FileAddOutlined, RocketOutlined } from "@ant-design/icons";
import { Button, Input } from "antd";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { api, ok } from "@/api";
import { QueryState, FormBanner, Page, useLocalized, useProblem, useT } from "@/ui";
import { refresh, useJourneyTemplates, type JourneyTemplate } from "./data";
import { blankGraph } from "./graph";
import { journeyWords } from "./words";
import "./journeys.css";

/** A new journey: a ready SOP, or a blank sheet. */
export default function NewJourney() {
  const t = useT(journeyWords);
  const localized = useLocalized();
  const problems = useProblem();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const templates = useJourneyTemplates();
  const [name, setName] = useState("");
  const [busy, setBusy] = useState<string | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);

  const start = async (key: string, send: () => Promise<{ id: number }>): Promise<void> => {
    setBusy(key);
    setRefusal(null);
    try {
      const made = await send();
      await refresh(cache);
      void navigate(`/journeys/${String(made.id)}`);
    } catch (error) {
      setRefusal(problems.text(error));
      setBusy(null);
    }
  };
  const blank = (): void => {
    const graph = blankGraph();
    const audience = params.get("audience");
    if (audience) graph.trigger = { kind: "audience", audience };
    void start("", () => ok(api.POST("/api/v1/journeys", { body: { name: name.trim() || t("create"), draft: { ...graph } } })));
  };
  const startFrom = (template: JourneyTemplate): void => {
    void start(template.name, () => ok(api.POST("/api/v1/journey-kits/{kit}", { params: { path: { kit: template.name } }, body: { name: name.trim() || null, audience: params.get("audience") } })));
  };
  return (
    <Page title={t("create")} crumbs={[{ to: "/journeys", label: t("title") }]}>
      <FormBanner text={refusal} />
      <div className="stack">
        <section className="panel stack tight new-name">
          <label htmlFor="journey-name" className="panel-title">{t("newName")}</label>
          <Input id="journey-name" value={name} maxLength={80} placeholder={t("newNameHint")} onChange={(event) => { setName(event.target.value); }} />
        </section>
        <h2 className="panel-title">{t("fromKit")}</h2>
        <QueryState query={templates} rows={4}>
          {(ready) => (
            <div className="kits">
              {ready.items.map((template) => (
                <section key={template.name} className="panel kit">
                  <h3><RocketOutlined aria-hidden /> {localized(template.title)}</h3>
                  <p className="muted">{localized(template.about)}</p>
                  <Button type="primary" loading={busy === template.name} disabled={busy !== null} onClick={() => { startFrom(template); }}>{t("useKit")}</Button>
                </section>
              ))}
              <section className="panel kit">
                <h3><FileAddOutlined aria-hidden /> {t("blank")}</h3>
                <p className="muted">{t("blankHint")}</p>
                <Button loading={busy === ""} disabled={busy !== null} onClick={blank}>{t("create")}</Button>
              </section>
            </div>
          )}
        </QueryState>
      </div>
    </Page>
  );
}
