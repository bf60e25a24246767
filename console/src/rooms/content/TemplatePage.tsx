import { DeleteOutlined } from "@ant-design/icons";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Dropdown, Input } from "antd";
import { useEffect, useState } from "react";
import { useNavigate, useParams } from "react-router";
import { api, asProblem, ok, useCan, type AnswerOf, type FieldFault } from "@/api";
import { ChoiceSelect, ErrorState, Field, FormBanner, Loading, Page, QueryState, useConfirm, useDebounced, useChoices, useLabel, useLocale, useNotify, useProblem, useT, format } from "@/ui";
import { useLeaveGuard } from "@/ui/leaveGuard";
import { memberName } from "@/rooms/contacts/MemberChip";
import { MemberPicker, type PickedMember } from "@/rooms/contacts/MemberPicker";
import { useAttributes } from "@/rooms/contacts/data";
import { TEMPLATES, useTemplateLanguage, type Template } from "./data";
import { templateWords } from "./words";
import "./content.css";

const PAUSE_MS = 400;

const at = (id: number) => ({ params: { path: { template_id: id } } });

/** What the chosen member would receive; the server renders, so that what is seen is what is sent. */
function usePreview(body: string, member: PickedMember | null) {
  const rested = useDebounced(body, PAUSE_MS);
  return useQuery({
    queryKey: ["template-preview", rested, member?.id],
    queryFn: ({ signal }) => ok(api.POST("/api/v1/templates/preview", { body: { body: rested, attachments: [], member_id: member ? Number(member.id) : null }, signal })),
    enabled: rested.trim() !== "",
    retry: false,
  });
}

interface PreviewProps {
  body: string;
  onFaults: (faults: FieldFault[]) => void;
}

function Preview({ body, onFaults }: PreviewProps) {
  const t = useT(templateWords);
  const first = useQuery({ queryKey: ["template-first-member"], queryFn: () => ok(api.GET("/api/v1/members", { params: { query: { limit: 1 } } })), staleTime: 300_000 });
  const [picked, setPicked] = useState<PickedMember | null>(null);
  const firstMember = first.data?.items[0];
  const member = picked ?? (firstMember ? { id: String(firstMember.id), name: memberName(firstMember.id, firstMember.name) } : null);
  const query = usePreview(body, member);
  const errors = query.data?.errors;
  useEffect(() => {
    onFaults(errors ?? []);
  }, [errors, onFaults]);
  return (
    <section className="panel stack tight">
      <h2>{t("preview")}</h2>
      <Field label={t("previewFor")}>{() => <MemberPicker label={t("pickMember")} value={member} onChange={setPicked} />}</Field>
      {!member ? <p className="muted">{t("previewPick")}</p> : !body.trim() ? <p className="muted">{t("previewEmpty")}</p> : null}
      {query.isFetching && !query.data ? <Loading rows={2} /> : null}
      {query.data?.text ? <div className="bubble" aria-live="polite">{query.data.text}</div> : null}
      {query.error ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : null}
    </section>
  );
}

/** What goes with the message; kept as it is when the text is saved. */
function Attachments({ items }: { items: Template["attachments"] }) {
  const t = useT(templateWords);
  const label = useLabel();
  return (
    <div>
      <strong>{t("attachments")}</strong>
      <ul>
        {items.map((item, index) => {
          const kind = item.kind ?? item.type;
          const name = [item.title, item.name, item.url].find((text) => typeof text === "string");
          return <li key={index}>{t("attachmentN", { kind: typeof kind === "string" ? label("attachment_kind", kind) : "", name: typeof name === "string" ? name : "" })}</li>;
        })}
      </ul>
    </div>
  );
}

type TemplateUse = AnswerOf<"/api/v1/templates/{template_id}/use">;

const usersOf = (id: number): Promise<TemplateUse> => ok(api.GET("/api/v1/templates/{template_id}/use", at(id)));

/** Who sends by the template, and how much waits that will say what it says. */
function UseNote({ use }: { use: TemplateUse }) {
  const t = useT(templateWords);
  const { locale } = useLocale();
  return (
    <>
      {use.users.length ? <span>{t("usedIn", { names: use.users.map((user) => user.name).join(locale === "zh" ? "、" : ", ") })}</span> : null}
      {use.waiting ? <strong className="num">{t("waitingN", { n: format.number(use.waiting, locale) })}</strong> : null}
    </>
  );
}

function TemplateEditor({ template }: { template: Template | null }) {
  const t = useT(templateWords);
  const can = useCan();
  const problems = useProblem();
  const confirm = useConfirm();
  const notify = useNotify();
  const navigate = useNavigate();
  const cache = useQueryClient();
  const [name, setName] = useState(template?.name ?? "");
  const [body, setBody] = useState(template?.body ?? "");
  const channels = useChoices("sendable_channel");
  const [picked, setPicked] = useState(template?.channel);
  const channel = picked ?? channels[0]?.value ?? "";
  const offered = useTemplateLanguage().data?.variables ?? [];
  const attributes = useAttributes().data?.items ?? [];
  const [faults, setFaults] = useState<FieldFault[]>([]);
  const [refusal, setRefusal] = useState<string | null>(null);
  const dirty = name !== (template?.name ?? "") || body !== (template?.body ?? "");
  const save = useMutation({
    mutationFn: () => (template
      ? ok(api.PUT("/api/v1/templates/{template_id}", { ...at(template.id), body: { name, body, attachments: template.attachments } }))
      : ok(api.POST("/api/v1/templates", { body: { name, channel, body, attachments: [] } }))),
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: TEMPLATES });
      notify.done(t("saved"));
      void navigate("/journeys/templates");
    },
    onError: (error) => {
      const problem = asProblem(error);
      setFaults(problem.faults.filter((fault) => fault.path.startsWith("body")));
      setRefusal([problems.text(problem), ...problem.faults.filter((fault) => !fault.path.startsWith("body")).map(problems.fault)].join(" "));
    },
  });
  useLeaveGuard(dirty && !save.isPending && !save.isSuccess);
  const remove = async (existing: Template): Promise<void> => {
    const use = await usersOf(existing.id);
    confirm({
      title: t("removeAsk", { name }), act: t("remove"), danger: true,
      body: <div className="stack tight"><UseNote use={use} /><span>{t("removeBody")}</span></div>,
      run: async () => {
        await ok(api.DELETE("/api/v1/templates/{template_id}", at(existing.id)));
        await cache.invalidateQueries({ queryKey: TEMPLATES });
        void navigate("/journeys/templates");
      },
    });
  };
  /** Saves at once, or asks first when somebody sends by it. */
  const store = async (): Promise<void> => {
    const use = template && body !== template.body ? await usersOf(template.id) : null;
    if (!use || (use.users.length === 0 && use.waiting === 0)) { save.mutate(); return; }
    confirm({
      title: t("changeAsk", { name }), act: t("save"), run: () => save.mutateAsync().catch(() => undefined),
      body: <div className="stack tight"><UseNote use={use} /><span>{t("changeBody")}</span></div>,
    });
  };
  const submit = (): void => {
    if (!name.trim() || !body.trim()) { setRefusal(t("missing")); return; }
    setRefusal(null);
    store().catch(notify.failed);
  };
  const named: Record<string, string> = { "member.name": t("varName"), "member.tags": t("varTags"), "shop.name": t("varBrand"), "link.preferences": t("varPreferences") };
  const labelOf = (variable: string): string => named[variable] ?? attributes.find((attribute) => `member.${attribute.name}` === variable)?.label ?? variable.replace(/^member\./, "");
  const variables = offered.map((variable) => ({ key: `{{ ${variable} }}`, label: labelOf(variable) }));
  const may = can("templates.write");
  return (
    <Page
      title={template ? t("editTitle") : t("create")} crumbs={[{ to: "/journeys/templates", label: t("title") }]}
      actions={may ? <>{template ? <Button danger type="text" icon={<DeleteOutlined aria-hidden />} onClick={() => { remove(template).catch(notify.failed); }}>{t("remove")}</Button> : null}<Button type="primary" loading={save.isPending} onClick={submit}>{t("save")}</Button></> : null}
    >
      <FormBanner text={refusal} />
      <div className="template-grid">
        <section className="panel stack">
          <Field label={t("nameLabel")}>{(id) => <Input id={id} value={name} maxLength={80} placeholder={t("nameHint")} onChange={(event) => { setName(event.target.value); }} />}</Field>
          {template ? null : (
            <Field label={t("channel")}>
              {(id) => <ChoiceSelect id={id} value={channel} choices={channels} onChange={setPicked} />}
            </Field>
          )}
          <Field label={t("bodyLabel")} hint={t("bodyHint")} faults={faults}>
            {(id) => <Input.TextArea id={id} className="template-body" autoSize={{ minRows: 8, maxRows: 24 }} maxLength={4000} status={faults.length ? "error" : ""} value={body} onChange={(event) => { setBody(event.target.value); }} />}
          </Field>
          <div className="row between">
            <Dropdown trigger={["click"]} menu={{ items: variables, onClick: ({ key }) => { setBody(`${body}${key}`); } }}><Button>{t("insert")}</Button></Dropdown>
            <span className="muted num">{t("chars", { n: body.length })}</span>
          </div>
          {template?.attachments.length ? <Attachments items={template.attachments} /> : null}
        </section>
        <Preview body={body} onFaults={setFaults} />
      </div>
    </Page>
  );
}

export default function TemplatePage() {
  const { id } = useParams();
  const query = useQuery({ queryKey: [...TEMPLATES, id], queryFn: () => ok(api.GET("/api/v1/templates/{template_id}", at(Number(id)))), enabled: id !== undefined });
  if (id === undefined) return <TemplateEditor template={null} />;
  return <QueryState query={query}>{(template) => <TemplateEditor key={String(template.id)} template={template} />}</QueryState>;
}
