import { CloseOutlined, PlusOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useMemo } from "react";
import { useLocale, useT } from "@/ui";
import { factOf, TestInput, TreeContext, type Language } from "@/rooms/audience/tree";
import type { Where } from "../graph";
import { journeyWords } from "../words";

interface WhereProps {
  language: Language;
  fact: string;
  where: Where[];
  onChange: (where: Where[]) => void;
}

/** Details of a fact that must hold too: "amount at least 100.00". */
export function WhereList({ language, fact, where, onChange }: WhereProps) {
  const t = useT(journeyWords);
  const { locale } = useLocale();
  const props = factOf(language, fact)?.props ?? [];
  const scope = useMemo(() => ({ language, lang: locale, faults: new Map(), texts: new Map(), readOnly: false }), [language, locale]);
  if (props.length === 0) return null;
  return (
    <TreeContext value={scope}>
      <div className="stack tight">
        {where.map((test, index) => (
          <div key={index} className="row wrap where-row">
            <TestInput nameKey="prop" body={test} props={props} onChange={(next) => { onChange(where.map((old, at) => (at === index ? (next as Where) : old))); }} />
            <Button type="text" size="small" icon={<CloseOutlined aria-hidden />} aria-label={t("removeEntry")} onClick={() => { onChange(where.filter((_, at) => at !== index)); }} />
          </div>
        ))}
        <div><Button type="text" size="small" icon={<PlusOutlined aria-hidden />} onClick={() => { onChange([...where, { prop: "" }]); }}>{t("addWhere")}</Button></div>
      </div>
    </TreeContext>
  );
}
