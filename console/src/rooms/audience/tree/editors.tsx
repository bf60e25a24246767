import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Input, InputNumber, Segmented, Select } from "antd";
import type { ReactNode } from "react";
import { useT, type Choice } from "@/ui";
import { useTreeScope } from "./context";
import { CountInput, DidEditor, FactSelect } from "./DidEditor";
import { factOf, verbsOf } from "./language";
import { DrawnCondition } from "./DrawnCondition";
import { readSpan } from "./moment";
import { loose, withKey } from "./tests";
import { TestInput } from "./TestInput";
import { isObject, type Condition, type Value } from "./tree";
import { SpanInput } from "./ValueInput";
import { WindowInput } from "./WindowInput";
import { treeWords } from "./words";

export interface EditorProps {
  item: Condition;
  onChange: (item: Condition) => void;
}

interface BodyProps {
  body: Value;
  onBody: (body: Value) => void;
}

function options(choices: Choice[], lang: "zh" | "en") {
  return choices.map((choice) => ({ value: choice.value, label: choice.label[lang] }));
}

interface ManyProps {
  label: string;
  value: unknown;
  choices: Choice[];
  onChange: (values: string[]) => void;
}

function Many({ label, value, choices, onChange }: ManyProps) {
  const { lang } = useTreeScope();
  return (
    <Select
      mode="multiple" className="tree-many" aria-label={label} placeholder={label} showSearch={{ optionFilterProp: "label" }} value={Array.isArray(value) ? value.map(String) : []}
      options={options(choices, lang)} onChange={onChange}
    />
  );
}

function One({ label, value, choices, onChange }: Omit<ManyProps, "onChange"> & { onChange: (value: string) => void }) {
  const { lang } = useTreeScope();
  return (
    <Select
      className="tree-value" aria-label={label} placeholder={label} showSearch={{ optionFilterProp: "label" }} popupMatchSelectWidth={false} value={typeof value === "string" && value ? value : undefined}
      options={options(choices, lang)} onChange={onChange}
    />
  );
}

function Profile({ body, onBody }: BodyProps) {
  const { language } = useTreeScope();
  return <TestInput nameKey="field" body={body} props={language.fields} onChange={onBody} />;
}

function Tags({ body, onBody }: BodyProps) {
  const t = useT(treeWords);
  const { language } = useTreeScope();
  const [how, tags] = Object.entries(loose(body))[0] ?? ["any", []];
  return (
    <span className="tree-test">
      <Select
        aria-label={t("operator")} value={how} popupMatchSelectWidth={false} onChange={(next: string) => { onBody({ [next]: tags as Value }); }}
        options={[{ value: "any", label: t("tagAny") }, { value: "all", label: t("tagAll") }, { value: "none", label: t("tagNone") }]}
      />
      <Many label={t("pickTags")} value={tags} choices={language.tags} onChange={(next) => { onBody({ [how]: next }); }} />
    </span>
  );
}

function Stage({ body, onBody }: BodyProps) {
  const t = useT(treeWords);
  const { language } = useTreeScope();
  return (
    <span className="tree-test">
      <span className="tree-word">{t("stageIs")}</span>
      <Many label={t("pickStages")} value={body} choices={language.stages} onChange={onBody} />
    </span>
  );
}

function AudienceRef({ body, onBody }: BodyProps) {
  const t = useT(treeWords);
  const { language } = useTreeScope();
  return (
    <span className="tree-test">
      <span className="tree-word">{t("inAudience")}</span>
      <One label={t("pickAudience")} value={body} choices={language.audiences} onChange={onBody} />
    </span>
  );
}

function Reachable({ body, onBody }: BodyProps) {
  const t = useT(treeWords);
  const { language } = useTreeScope();
  return (
    <span className="tree-test">
      <span className="tree-word">{t("reachableOn")}</span>
      <One label={t("pickChannel")} value={loose(body).channel} choices={language.channels} onChange={(channel) => { onBody({ channel }); }} />
    </span>
  );
}

function Consent({ body, onBody }: BodyProps) {
  const t = useT(treeWords);
  const { language, lang } = useTreeScope();
  const own = loose(body);
  return (
    <span className="tree-test">
      <One label={t("pickChannel")} value={own.channel} choices={language.consent_channels} onChange={(channel) => { onBody(withKey(own, "channel", channel)); }} />
      <span className="tree-word">{t("consentIs")}</span>
      <Select
        aria-label={t("consentIs")} value={String(own.state ?? "given")} popupMatchSelectWidth={false} onChange={(state: string) => { onBody(withKey(own, "state", state)); }}
        options={options(language.consents, lang)}
      />
    </span>
  );
}

const SCORES = [5, 4, 3, 2, 1];

function Rfm({ body, onBody }: BodyProps) {
  const t = useT(treeWords);
  const own = loose(body);
  const axes: ["r" | "f" | "m", string][] = [["r", t("rfmR")], ["f", t("rfmF")], ["m", t("rfmM")]];
  return (
    <div className="tree-rfm">
      {axes.map(([axis, label]) => {
        const picked = Array.isArray(own[axis]) ? (own[axis] as number[]) : [];
        return (
          <div key={axis} className="tree-clause" role="group" aria-label={label}>
            <span className="tree-word tree-axis">{label}</span>
            {SCORES.map((score) => {
              const on = picked.includes(score);
              const next = on ? picked.filter((other) => other !== score) : [...picked, score].sort((a, b) => b - a);
              return (
                <Button key={score} size="small" type={on ? "primary" : "default"} aria-pressed={on} onClick={() => { onBody(withKey(own, axis, next.length ? next : undefined)); }}>
                  {score}
                </Button>
              );
            })}
          </div>
        );
      })}
      <p className="muted tree-note">{t("rfmHint")}</p>
    </div>
  );
}

function Sample({ body, onBody }: BodyProps) {
  const t = useT(treeWords);
  const own = loose(body);
  return (
    <span className="tree-test">
      <span className="tree-word">{t("sampleOf")}</span>
      <InputNumber className="tree-number" aria-label={t("sampleOf")} min={0.01} max={100} suffix="%" controls={false} value={Number(own.percent ?? 10)} onChange={(percent) => { onBody(withKey(own, "percent", percent ?? 10)); }} />
      <Input className="tree-value" aria-label={t("sampleSalt")} title={t("sampleSalt")} value={String(own.salt ?? "")} onChange={(event) => { onBody(withKey(own, "salt", event.target.value)); }} />
    </span>
  );
}

function Top({ body, onBody }: BodyProps) {
  const t = useT(treeWords);
  const { language, lang } = useTreeScope();
  const own = loose(body);
  const by = loose(own.by);
  const inner = loose(by.did ?? by);
  const numeric = (factOf(language, inner.fact)?.props ?? []).filter((prop) => prop.type === "number" || prop.type === "money");
  const put = (next: unknown): void => { onBody(withKey(own, "by", by.did ? { did: next } : next)); };
  return (
    <span className="tree-test">
      <span className="tree-word">{t("topOf")}</span>
      <InputNumber className="tree-number" aria-label={t("topOf")} precision={0} controls={false} value={Number(own.n ?? 1000)} onChange={(n) => { onBody(withKey(own, "n", n ?? 0)); }} />
      <span className="tree-word">{t("people")}</span>
      <FactSelect value={inner.fact} onChange={(fact) => { put({ fact }); }} />
      <WindowInput body={inner} onChange={put} />
      <Select
        aria-label={t("value")} popupMatchSelectWidth={false} value={typeof inner.sum === "string" ? inner.sum : ""} onChange={(sum: string) => { put(withKey(inner, "sum", sum || undefined)); }}
        options={[{ value: "", label: t("byCount") }, ...numeric.map((prop) => ({ value: prop.name, label: `${t("bySum")} ${prop.label[lang]}` }))]}
      />
    </span>
  );
}

function Sequence({ body, onBody }: BodyProps) {
  const t = useT(treeWords);
  const own = loose(body);
  const steps = Array.isArray(own.steps) ? (own.steps as unknown[]) : [];
  const set = (key: string, value: unknown): void => { onBody(withKey(own, key, value)); };
  const bodyOf = (step: unknown): unknown => (isObject(step) && isObject(step.did) ? step.did : step);
  const wrap = (step: unknown, next: Value): Value => (isObject(step) && isObject(step.did) ? { did: next } : next);
  return (
    <div className="tree-sequence">
      <div className="tree-line">
        <Segmented
          size="small" aria-label={t("sequenceOf")} value={own.ordered === false ? "any" : "turn"} onChange={(value) => { set("ordered", value === "turn"); }}
          options={[{ value: "turn", label: t("sequenceOf") }, { value: "any", label: t("anyOrder") }]}
        />
        <span className="tree-word">{t("completeWithin")}</span>
        <SpanInput value={readSpan(own.within) ?? { n: 7, unit: "d" }} onChange={(span) => { set("within", `${span.n}${span.unit}`); }} />
        <span className="tree-word">{t("inside")}</span>
      </div>
      <ol className="tree-steps">
        {steps.map((step, index) => (
          <li key={index} className="tree-clause">
            <span className="tree-word">{t("thenStep", { n: index + 1 })}</span>
            <DidEditor body={bodyOf(step)} onChange={(next) => { set("steps", steps.map((old, at) => (at === index ? wrap(old, next) : old))); }} />
            {steps.length > 2 ? (
              <Button type="text" size="small" icon={<DeleteOutlined aria-hidden />} aria-label={t("removeStep")} onClick={() => { set("steps", steps.filter((_, at) => at !== index)); }} />
            ) : null}
          </li>
        ))}
      </ol>
      <Button size="small" type="text" icon={<PlusOutlined aria-hidden />} onClick={() => { set("steps", [...steps, wrap(steps[0], { fact: "" })]); }}>{t("addStep")}</Button>
    </div>
  );
}

/** The fact behind an order condition. */
const ORDER = "order_paid";

function Order({ body, onBody }: BodyProps) {
  return <DidEditor body={body} fixed={ORDER} onChange={onBody} />;
}

interface NamedProps extends BodyProps {
  kind: string;
  /** Nothing to say of how often and when. */
  plain?: boolean;
}

/** What happened with one journey, campaign or group, as its kind says: which, what, how often, when. */
function Named({ kind, body, onBody, plain = false }: NamedProps) {
  const t = useT(treeWords);
  const { language, lang } = useTreeScope();
  const own = loose(body);
  const verbs = verbsOf(language, kind);
  return (
    <div className="tree-line">
      <Select
        aria-label={t("fact")} popupMatchSelectWidth={false} value={typeof own.did === "string" ? own.did : verbs[0]?.value} onChange={(did: string) => { onBody(withKey(own, "did", did)); }}
        options={verbs.map((verb) => ({ value: verb.value, label: verb.label[lang] }))}
      />
      <Input className="tree-value" aria-label={t("whichOne")} placeholder={t("anyOne")} value={typeof own.name === "string" ? own.name : ""} onChange={(event) => { onBody(withKey(own, "name", event.target.value || undefined)); }} />
      {plain ? null : (
        <>
          <WindowInput body={own} onChange={(next) => { onBody(next as Value); }} />
          <span className="tree-word">{t("clauseCount")}</span>
          <CountInput body={own.count} onChange={(count) => { onBody(withKey(own, "count", count)); }} />
        </>
      )}
    </div>
  );
}

/** Being in a group is now; joining and leaving happened, so often and in such a time. */
function InGroup({ body, onBody }: BodyProps) {
  const now = (loose(body).did ?? "in") === "in";
  const change = (next: Value): void => {
    const own = loose(next);
    if ((own.did ?? "in") !== "in") onBody(own.count === undefined ? withKey(own, "count", { ">=": 1 }) : next);
    else onBody(own.name === undefined ? { did: "in" } : { did: "in", name: own.name as Value });
  };
  return <Named kind="group" body={body} onBody={change} plain={now} />;
}

const EDITORS: Record<string, (props: BodyProps) => ReactNode> = {
  profile: Profile,
  tag: Tags,
  stage: Stage,
  audience: AudienceRef,
  reachable: Reachable,
  consent: Consent,
  rfm: Rfm,
  sample: Sample,
  top: Top,
  sequence: Sequence,
  order: Order,
  journey: (props) => <Named kind="journey" {...props} />,
  campaign: (props) => <Named kind="campaign" {...props} />,
  group: InGroup,
};

/** The widgets of one condition: those of its kind, else a form drawn from its schema. */
export function ConditionEditor({ item, onChange }: EditorProps) {
  const t = useT(treeWords);
  const onBody = (body: Value): void => { onChange({ ...item, body }); };
  if (item.type === "did") {
    const lead = (
      <Select
        aria-label={t("didLabel")} value={item.negated ? "not" : "did"} popupMatchSelectWidth={false} onChange={(value: string) => { onChange({ ...item, negated: value === "not" }); }}
        options={[{ value: "did", label: t("did") }, { value: "not", label: t("didNot") }]}
      />
    );
    return <DidEditor body={item.body} lead={lead} onChange={onBody} />;
  }
  const Editor = EDITORS[item.type];
  return Editor ? <Editor body={item.body} onBody={onBody} /> : <DrawnCondition type={item.type} body={item.body} onBody={onBody} />;
}
