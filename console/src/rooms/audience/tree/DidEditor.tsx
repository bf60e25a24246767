import { CloseOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Dropdown, InputNumber, Select } from "antd";
import type { ReactNode } from "react";
import { useT } from "@/ui";
import { useTreeScope } from "./context";
import { factOf, factOptions, labelIn, type Prop } from "./language";
import { loose, operatorOf, startTest, type Loose, withKey } from "./tests";
import { TestInput } from "./TestInput";
import type { Value } from "./tree";
import { MomentInput } from "./ValueInput";
import { WindowInput, withoutWindow } from "./WindowInput";
import { treeWords } from "./words";

const COUNT_OPERATORS = [">=", "<=", ">", "<", "is"];
const numeric = (prop: Prop): boolean => prop.type === "number" || prop.type === "money";

/** The facts, in the groups of the server. */
export function FactSelect({ value, onChange, compact = false }: { value: unknown; onChange: (fact: string) => void; compact?: boolean }) {
  const t = useT(treeWords);
  const { language, lang } = useTreeScope();
  return (
    <Select
      aria-label={t("fact")} className={compact ? "tree-fact compact" : "tree-fact"} placeholder={t("pickFact")} showSearch={{ optionFilterProp: "label" }} popupMatchSelectWidth={false}
      value={typeof value === "string" && value ? value : undefined} options={factOptions(language, lang)} onChange={onChange}
    />
  );
}

export function CountInput({ body, onChange }: { body: unknown; onChange: (body: Value) => void }) {
  const t = useT(treeWords);
  const { language, lang } = useTreeScope();
  const [op, n] = operatorOf(loose(body)) ?? [">=", 1];
  return (
    <span className="tree-pair">
      <Select
        aria-label={t("operator")} value={op} popupMatchSelectWidth={false}
        options={COUNT_OPERATORS.map((operator) => ({ value: operator, label: labelIn(language.operator_labels, operator, lang) }))}
        onChange={(next: string) => { onChange({ [next]: Number(n) || 0 }); }}
      />
      <InputNumber aria-label={t("number")} className="tree-number" min={0} precision={0} controls={false} value={Number(n)} onChange={(next) => { onChange({ [op]: next ?? 0 }); }} />
    </span>
  );
}

function Clause({ label, onRemove, children }: { label: string; onRemove: () => void; children: ReactNode }) {
  const t = useT(treeWords);
  return (
    <div className="tree-clause">
      <span className="tree-word">{label}</span>
      {children}
      <Button type="text" size="small" icon={<CloseOutlined aria-hidden />} aria-label={t("removeClause")} onClick={onRemove} />
    </div>
  );
}

interface Props {
  body: unknown;
  onChange: (body: Value) => void;
  /** Shown before the fact: did / did not. Steps of a sequence have none. */
  lead?: ReactNode;
  /** The fact is given by the kind of condition and not written in the body. */
  fixed?: string;
}

type ClauseName = "count" | "sum" | "distinct" | "first" | "last" | "where";

function startClause(name: ClauseName, props: Prop[]): unknown {
  const first = name === "sum" ? props.find(numeric) : props[0];
  switch (name) {
    case "count":
      return { ">=": 2 };
    case "sum":
      return { prop: first?.name ?? "", ">=": 10_000 };
    case "distinct":
      return { prop: first?.name ?? "", ">=": 2 };
    case "first":
      return { after: "-30d" };
    case "last":
      return { before: "-60d" };
    case "where":
      return [startTest("prop", first, first?.name ?? "")];
  }
}

/** What happened, when, and how it is narrowed: count, total, different values, first, latest, details. */
export function DidEditor({ body, onChange, lead, fixed }: Props) {
  const t = useT(treeWords);
  const { language, lang } = useTreeScope();
  const own = loose(body);
  const fact = fixed ?? own.fact;
  const props = factOf(language, fact)?.props ?? [];
  const set = (key: string, value: unknown): void => { onChange(withKey(own, key, value)); };
  const where = Array.isArray(own.where) ? (own.where as unknown[]) : [];
  const distinct = loose(own.distinct);
  const names: [ClauseName, string, boolean][] = [
    ["count", t("clauseCount"), own.count === undefined],
    ["sum", t("clauseSum"), own.sum === undefined && props.some(numeric)],
    ["distinct", t("clauseDistinct"), own.distinct === undefined && props.length > 0],
    ["last", t("clauseLast"), own.last === undefined],
    ["first", t("clauseFirst"), own.first === undefined],
    ["where", t("clauseWhere"), props.length > 0],
  ];
  const add = (name: ClauseName): void => {
    const fresh = startClause(name, props);
    // "The latest more than 60 days ago" inside "in the last 30 days" would be nobody.
    const base = name === "first" || name === "last" ? withoutWindow(own) : own;
    onChange(withKey(base, name, name === "where" ? [...where, ...(fresh as unknown[])] : fresh));
  };
  const moment = (end: "first" | "last"): ReactNode => {
    if (own[end] === undefined) return null;
    const [op, value] = operatorOf(loose(own[end])) ?? ["after", "-30d"];
    return (
      <Clause label={t(end === "first" ? "firstIs" : "lastIs")} onRemove={() => { set(end, undefined); }}>
        <MomentInput op={op} value={value} onChange={(nextOp, next) => { set(end, { [nextOp]: next }); }} />
      </Clause>
    );
  };
  return (
    <div className="tree-did">
      <div className="tree-line">
        {lead}
        {fixed === undefined ? <FactSelect value={own.fact} onChange={(next) => { onChange({ ...(keepWindow(own) as Record<string, Value>), fact: next }); }} /> : <span className="tree-word">{factOf(language, fixed)?.label[lang] ?? ""}</span>}
        <WindowInput body={own} onChange={(next) => { onChange(next as Value); }} />
        <Dropdown
          trigger={["click"]}
          menu={{ items: names.filter(([, , free]) => free).map(([key, label]) => ({ key, label })), onClick: ({ key }) => { add(key as ClauseName); } }}
        >
          <Button type="text" size="small" icon={<PlusOutlined aria-hidden />} disabled={!fact}>{t("addClause")}</Button>
        </Dropdown>
      </div>
      {own.count === undefined ? null : (
        <Clause label={t("clauseCount")} onRemove={() => { set("count", undefined); }}>
          <CountInput body={own.count} onChange={(next) => { set("count", next); }} />
          <span className="tree-word">{t("times")}</span>
        </Clause>
      )}
      {own.sum === undefined ? null : (
        <Clause label={t("total")} onRemove={() => { set("sum", undefined); }}>
          <TestInput nameKey="prop" body={own.sum} props={props.filter(numeric)} only={[">=", "<=", ">", "<", "between", "is"]} onChange={(next) => { set("sum", next); }} />
        </Clause>
      )}
      {own.distinct === undefined ? null : (
        <Clause label={t("different")} onRemove={() => { set("distinct", undefined); }}>
          <Select
            aria-label={t("property")} className="tree-prop" popupMatchSelectWidth={false} value={typeof distinct.prop === "string" ? distinct.prop : undefined} options={props.map((prop) => ({ value: prop.name, label: prop.label[lang] }))}
            onChange={(prop: string) => { set("distinct", { ...distinct, prop }); }}
          />
          <CountInput body={withKey(distinct, "prop", undefined)} onChange={(next) => { set("distinct", { prop: distinct.prop, ...loose(next) }); }} />
          <span className="tree-word">{t("kindsOf")}</span>
        </Clause>
      )}
      {moment("last")}
      {moment("first")}
      {where.map((test, index) => (
        <Clause key={index} label={t("whereIs")} onRemove={() => { set("where", where.length > 1 ? where.filter((_, at) => at !== index) : undefined); }}>
          <TestInput nameKey="prop" body={test} props={props} onChange={(next) => { set("where", where.map((old, at) => (at === index ? next : old))); }} />
        </Clause>
      ))}
    </div>
  );
}

/** Changing the fact keeps the window and the count; everything about properties of the old fact goes. */
function keepWindow(body: Loose): Loose {
  return Object.fromEntries(Object.entries(body).filter(([key]) => ["within", "between", "since", "count", "first", "last"].includes(key)));
}
