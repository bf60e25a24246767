import { Alert, Button, Radio, Select } from "antd";
import { useMemo, useState } from "react";
import { Asked, format, useBoth, useLocale, useT } from "@/ui";
import { useKinds } from "./data";
import type { Plan } from "./data";
import type { ImportKind, Uploaded } from "./types";
import { importWords } from "./words";

const SAMPLES = 3;

interface Props {
  uploaded: Uploaded;
  plan: Plan | null;
  busy: boolean;
  onBack: () => void;
  onNext: (plan: Plan) => void;
}

type Chosen = Record<string, string>;

/** Field by column, from the field-to-column mapping the server speaks. */
const turned = (columns: Record<string, string>): Chosen => Object.fromEntries(Object.entries(columns).map(([field, column]) => [column, field]));

function Rows({ uploaded, kind, chosen, onChange }: { uploaded: Uploaded; kind: ImportKind; chosen: Chosen; onChange: (chosen: Chosen) => void }) {
  const t = useT(importWords);
  const both = useBoth();
  const options = [
    { value: "", label: t("ignore") },
    ...kind.fields.map((field) => ({ value: field.name, label: field.required ? `${both(field.label)}（${t("required")}）` : both(field.label) })),
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
        {uploaded.columns.map((column) => (
          <tr key={column.name}>
            <th scope="row" className="map-name" style={{ color: "var(--ink)" }}>{column.name}</th>
            <td className="map-sample clip">{column.sample.slice(0, SAMPLES).map((value) => (value === null ? "—" : String(value))).join(" · ")}</td>
            <td>
              <Select
                showSearch={{ optionFilterProp: "label" }}
                style={{ width: "100%", minWidth: 200 }}
                value={chosen[column.name] ?? ""}
                options={options}
                aria-label={`${column.name} ${t("becomes")}`}
                onChange={(field: string) => onChange({ ...chosen, [column.name]: field })}
              />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface Judged {
  missing: string[];
  twice: string[];
  columns: Record<string, string>;
}

/** What is still missing or matched twice, and the mapping as the server wants it. */
function judge(kind: ImportKind, chosen: Chosen, say: (field: string) => string): Judged {
  const used = Object.entries(chosen).filter(([, field]) => field !== "");
  const fields = used.map(([, field]) => field);
  return {
    missing: kind.fields.filter((field) => field.required && !fields.includes(field.name)).map((field) => say(field.name)),
    twice: [...new Set(fields.filter((field, index) => fields.indexOf(field) !== index))].map(say),
    columns: Object.fromEntries(used.map(([column, field]) => [field, column])),
  };
}

function Mapper({ uploaded, plan, kinds, busy, onBack, onNext }: Props & { kinds: ImportKind[] }) {
  const t = useT(importWords);
  const both = useBoth();
  const { locale } = useLocale();
  const guess = uploaded.suggested;
  const [name, setName] = useState(plan?.kind ?? guess.kind ?? kinds[0]?.kind ?? "");
  const [chosen, setChosen] = useState<Chosen>(() => turned(plan?.mapping.columns ?? guess.mapping?.columns ?? {}));
  const kind = kinds.find((item) => item.kind === name);
  const judged = useMemo(() => {
    if (!kind) return null;
    return judge(kind, chosen, (field) => both(kind.fields.find((item) => item.name === field)?.label) || field);
  }, [kind, chosen, both]);
  const pick = (next: string) => {
    setName(next);
    setChosen(next === guess.kind ? turned(guess.mapping?.columns ?? {}) : {});
  };
  return (
    <div className="stack">
      <section className="panel stack">
        <div className="row wrap between">
          <strong>{t("rowsFound", { n: format.number(uploaded.rows, locale), columns: uploaded.columns.length })}</strong>
          <Button onClick={onBack}>{t("changeFile")}</Button>
        </div>
        {guess.kind ? <Alert type="info" showIcon title={t("guessed", { kind: both(kinds.find((item) => item.kind === guess.kind)?.label) })} /> : null}
        <div role="group" aria-label={t("chooseKind")} className="stack tight">
          <span>{t("chooseKind")}</span>
          <Radio.Group optionType="button" value={name} onChange={(event) => pick(event.target.value as string)} options={kinds.map((item) => ({ value: item.kind, label: both(item.label) }))} />
        </div>
      </section>
      {kind ? (
        <section className="panel"><Rows uploaded={uploaded} kind={kind} chosen={chosen} onChange={setChosen} /></section>
      ) : null}
      {judged && judged.missing.length > 0 ? <Alert type="warning" showIcon title={t("requiredMissing", { fields: judged.missing.join("、") })} /> : null}
      {judged?.twice.map((field) => <Alert key={field} type="warning" showIcon title={t("twice", { field })} />)}
      <div className="row">
        <Button
          type="primary"
          loading={busy}
          disabled={!judged || judged.missing.length > 0 || judged.twice.length > 0}
          onClick={() => judged && onNext({ file: uploaded.file, kind: name, mapping: { ...(guess.mapping ?? {}), columns: judged.columns } })}
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
  return <Asked query={kinds}>{(list) => <Mapper {...props} kinds={list.items} />}</Asked>;
}
