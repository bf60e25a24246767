import { Select } from "antd";
import { useT } from "@/ui";
import { useTreeScope } from "./context";
import { labelIn, type Prop } from "./language";
import { loose, operatorOf, operatorsOf, startTest, withOperator } from "./tests";
import type { Body } from "./tree";
import { ValueInput } from "./ValueInput";
import { treeWords } from "./words";

interface Props {
  /** The key that names the property: `field` in a profile condition, `prop` in a fact. */
  nameKey: "field" | "prop";
  body: unknown;
  props: Prop[];
  onChange: (body: Body) => void;
  /** Only these operators, for totals. */
  only?: string[];
}

/** Property, comparison, value: "amount / at least / 500.00". */
export function TestInput({ nameKey, body, props, onChange, only }: Props) {
  const t = useT(treeWords);
  const { language, lang } = useTreeScope();
  const test = loose(body);
  const prop = props.find((item) => item.name === test[nameKey]);
  const [op, value] = operatorOf(test) ?? ["is", undefined];
  const offered = operatorsOf(prop).filter((operator) => !only || only.includes(operator));
  return (
    <span className="tree-test">
      <Select
        aria-label={t("property")} className="tree-prop" placeholder={t("pickProperty")} showSearch={{ optionFilterProp: "label" }} popupMatchSelectWidth={false}
        value={typeof test[nameKey] === "string" && test[nameKey] ? test[nameKey] : undefined}
        options={props.map((item) => ({ value: item.name, label: item.label[lang] }))}
        onChange={(name: string) => { onChange(startTest(nameKey, props.find((item) => item.name === name), name)); }}
      />
      {op === "before" || op === "after" ? null : (
        <Select
          aria-label={t("operator")} value={op} popupMatchSelectWidth={false}
          options={offered.map((operator) => ({ value: operator, label: labelIn(language.operator_labels, operator, lang) }))}
          onChange={(next: string) => { onChange(withOperator(nameKey, test, prop, next)); }}
        />
      )}
      <ValueInput prop={prop} op={op} value={value} onChange={(nextOp, next) => { onChange({ [nameKey]: test[nameKey], [nextOp]: next } as Body); }} />
      {op === "before" || op === "after" ? (
        offered.length > 2 ? (
          <Select
            aria-label={t("operator")} value={op} popupMatchSelectWidth={false} className="tree-quiet"
            options={offered.map((operator) => ({ value: operator, label: labelIn(language.operator_labels, operator, lang) }))}
            onChange={(next: string) => { onChange(withOperator(nameKey, test, prop, next)); }}
          />
        ) : null
      ) : null}
    </span>
  );
}
