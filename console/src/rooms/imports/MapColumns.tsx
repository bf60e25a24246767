import { Alert, Button, Select } from "antd";
import { useState } from "react";
import { QueryState, format, useLocalized, useList, useLocale, useT, useZone } from "@/ui";
import { useKinds, useShopAttributes } from "./data";
import { AttributeFields } from "./AttributeFields";
import { ATTRIBUTE, draftOf, judge, keyOf, mappingOf, NEW_ATTRIBUTE, newAttribute } from "./draft";
import type { Draft } from "./draft";
import { LayoutPanel } from "./LayoutPanel";
import { ReadingRules } from "./ReadingRules";
import type { Identity, ImportKind, Mapping, Plan, Uploaded } from "./types";
import { importWords } from "./words";

const SAMPLES = 3;
const BY_HEADINGS = "";

interface Props {
  uploaded: Uploaded;
  plan: Plan | null;
  busy: boolean;
  onBack: () => void;
  onUploaded: (uploaded: Uploaded) => void;
  onNext: (plan: Plan) => void;
}

interface RowsProps {
  uploaded: Uploaded;
  kind: ImportKind;
  draft: Draft;
  onChange: (draft: Draft) => void;
}

function Rows({ uploaded, kind, draft, onChange }: RowsProps) {
  const t = useT(importWords);
  const localized = useLocalized();
  const known = useShopAttributes().data?.items ?? [];
  const isNew = (target: string): boolean => target === NEW_ATTRIBUTE || (target.startsWith(ATTRIBUTE) && !known.some((item) => ATTRIBUTE + item.name === target));
  const options = [
    { value: "", label: t("ignore") },
    ...(kind.takes_attributes ? [{ value: NEW_ATTRIBUTE, label: t("newAttribute") }, ...known.map((item) => ({ value: ATTRIBUTE + item.name, label: item.label }))] : []),
    ...kind.targets.map((target) => ({ value: target.name, label: target.required ? `${localized(target)} · ${t("required")}` : localized(target) })),
  ];
  return (
    <table className="plain-table map-table">
      <thead>
        <tr>
          <th scope="col">{t("column")}</th>
          <th scope="col">{t("sample")}</th>
          <th scope="col">{t("becomes")}</th>
        </tr>
      </thead>
      <tbody>
        {uploaded.columns.map((column, place) => (
          <tr key={column.name}>
            <th scope="row" className="map-name" style={{ color: "var(--ink)" }}>{column.name}</th>
            <td className="map-sample clip">{column.sample.slice(0, SAMPLES).map((value) => (value === "" ? "—" : value)).join(" · ")}</td>
            <td>
              <Select
                showSearch={{ optionFilterProp: "label" }}
                style={{ width: "100%", minWidth: 200 }}
                value={isNew(draft.chosen[column.name] ?? "") ? NEW_ATTRIBUTE : (draft.chosen[column.name] ?? "")}
                options={options}
                aria-label={`${column.name} ${t("becomes")}`}
                onChange={(target: string) => onChange({ ...draft, chosen: { ...draft.chosen, [column.name]: target }, attributes: { ...draft.attributes, [column.name]: draft.attributes[column.name] ?? newAttribute(column, place) } })}
              />
              {isNew(draft.chosen[column.name] ?? "") ? (
                <AttributeFields column={column.name} attribute={draft.attributes[column.name] ?? newAttribute(column, place)} onChange={(attribute) => onChange({ ...draft, chosen: { ...draft.chosen, [column.name]: NEW_ATTRIBUTE }, attributes: { ...draft.attributes, [column.name]: attribute } })} />
              ) : null}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Judged({ kind, draft }: { kind: ImportKind; draft: Draft }) {
  const t = useT(importWords);
  const localized = useLocalized();
  const list = useList();
  const { missing, twice } = judge(draft, kind);
  const needs = missing.map((targets) => (targets.length === 1 ? localized(targets[0]) : t("oneOf", { fields: targets.map(localized).join(" / ") })));
  return (
    <>
      {needs.length > 0 ? <Alert type="warning" showIcon title={t("requiredMissing", { fields: list(needs) })} /> : null}
      {twice.map((name) => <Alert key={name} type="warning" showIcon title={t("twice", { field: localized(kind.targets.find((target) => target.name === name)) || name.replace(ATTRIBUTE, "") })} />)}
    </>
  );
}

function Mapper({ uploaded, plan, kinds, identities, busy, onBack, onUploaded, onNext }: Props & { kinds: ImportKind[]; identities: Identity[] }) {
  const t = useT(importWords);
  const localized = useLocalized();
  const zone = useZone();
  const { locale } = useLocale();
  const list = useList();
  const [base, setBase] = useState<Mapping>(plan?.mapping ?? uploaded.suggested.mapping);
  const [draft, setDraft] = useState<Draft>(() => draftOf(base, zone));
  const [shop, setShop] = useState(() => uploaded.ready.find((item) => !plan && JSON.stringify(item.mapping) === JSON.stringify(uploaded.suggested.mapping))?.name ?? BY_HEADINGS);
  const kind = kinds.find((item) => keyOf(item) === draft.kind);
  const guessed = kinds.find((item) => keyOf(item) === keyOf(base));
  const ready = uploaded.ready.find((item) => item.name === shop);
  const propose = (mapping: Mapping) => {
    setBase(mapping);
    setDraft(draftOf(mapping, zone));
  };
  const pickShop = (next: string) => {
    setShop(next);
    const mapping = uploaded.ready.find((item) => item.name === next)?.mapping ?? uploaded.suggestions[0]?.mapping;
    if (mapping) propose(mapping);
  };
  const pick = (next: string) => {
    setShop(BY_HEADINGS);
    const suggestion = uploaded.suggestions.find((item) => keyOf(item) === next);
    if (suggestion) propose(suggestion.mapping);
    else setDraft({ ...draft, kind: next, chosen: {}, rules: base.rules });
  };
  const judged = kind ? judge(draft, kind) : null;
  const complete = judged !== null && judged.missing.length === 0 && judged.twice.length === 0;
  return (
    <div className="stack">
      <section className="panel stack">
        <div className="row wrap between">
          <strong>{t("rowsFound", { n: format.number(uploaded.rows, locale), columns: uploaded.columns.length })}</strong>
          <Button onClick={onBack}>{t("changeFile")}</Button>
        </div>
        {ready ? (
          <Alert type="info" showIcon title={t("recognised", { shop: localized(ready.label) })} description={t("recognisedBy", { headings: list(ready.recognised_by) })} />
        ) : guessed ? (
          <Alert type="info" showIcon title={t("guessed", { kind: localized(guessed) })} />
        ) : null}
        {uploaded.ready.length > 0 ? (
          <div className="row wrap">
            <label htmlFor="import-shop">{t("chooseShop")}</label>
            <Select
              id="import-shop"
              style={{ minWidth: 220 }}
              value={shop}
              onChange={pickShop}
              options={[...uploaded.ready.map((item) => ({ value: item.name, label: localized(item.label) })), { value: BY_HEADINGS, label: t("byHeadings") }]}
            />
          </div>
        ) : null}
        <div className="row wrap">
          <label htmlFor="import-kind">{t("chooseKind")}</label>
          <Select id="import-kind" style={{ minWidth: 220 }} value={draft.kind} onChange={pick} options={kinds.map((item) => ({ value: keyOf(item), label: localized(item) }))} />
        </div>
      </section>
      <LayoutPanel uploaded={uploaded} onUploaded={onUploaded} />
      {kind ? <section className="panel"><Rows uploaded={uploaded} kind={kind} draft={draft} onChange={setDraft} /></section> : null}
      {kind ? <ReadingRules sources={uploaded.sources} kind={kind} identities={identities} draft={draft} onChange={setDraft} /> : null}
      {kind ? <Judged kind={kind} draft={draft} /> : null}
      <div className="row">
        <Button
          type="primary"
          loading={busy}
          disabled={!complete}
          onClick={() => {
            if (kind) onNext({ file: uploaded.file, kind: kind.kind, mapping: mappingOf(draft, kind, uploaded.columns, base) });
          }}
        >
          {t("toPreview")}
        </Button>
      </div>
    </div>
  );
}

/** Which column is what: by sight, with samples, and what is still missing. */
export function MapColumns(props: Props) {
  const kinds = useKinds();
  return <QueryState query={kinds}>{(list) => <Mapper {...props} kinds={list.items} identities={list.identities} />}</QueryState>;
}
