/** The pickers of a journey's settings, by the format that the server names. */
import { Select } from "antd";
import { Link } from "react-router";
import { ChoiceSelect, ChoicesSelect, useCodes, useLabel, useLocale, useT, type PickerProps, type Pickers } from "@/ui";
import { factChoices, factOf } from "@/rooms/audience/tree";
import type { Where } from "../graph";
import { journeyWords } from "../words";
import { usePickerScope } from "./pickerScope";
import { TreePicker } from "./TreePicker";
import { WhereList } from "./WhereList";

const text = (value: unknown): string => (typeof value === "string" || typeof value === "number" ? String(value) : "");
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

function AudiencePicker({ id, value, onChange }: PickerProps) {
  const t = useT(journeyWords);
  return <ChoiceSelect id={id} value={text(value)} placeholder={t("pickAudience")} choices={usePickerScope().language.audiences} onChange={onChange} />;
}

function ChannelPicker({ id, value, onChange }: PickerProps) {
  return <ChoiceSelect id={id} value={text(value)} choices={usePickerScope().language.channels} onChange={onChange} />;
}

function TagsPicker({ id, value, onChange }: PickerProps) {
  return <ChoicesSelect id={id} value={texts(value)} choices={usePickerScope().language.tags} onChange={onChange} />;
}

function FactPicker({ id, value, onChange }: PickerProps) {
  return <ChoiceSelect id={id} value={text(value)} choices={factChoices(usePickerScope().language)} onChange={onChange} />;
}

/** A property of the fact beside it, whose values set runs apart. */
function PropertyPicker({ id, value, schema, settings, onChange }: PickerProps) {
  const t = useT(journeyWords);
  const { locale } = useLocale();
  const props = factOf(usePickerScope().language, settings[schema.of ?? ""])?.props ?? [];
  const options = props.filter((prop) => prop.type === "text").map((prop) => ({ value: prop.name, label: prop.label[locale] }));
  return <Select id={id} className="settings-wide" value={text(value)} options={[{ value: "", label: t("keyNone") }, ...options]} onChange={(next: string) => { onChange(next || undefined); }} />;
}

function PropertyTestsPicker({ value, schema, settings, onChange }: PickerProps) {
  const where = Array.isArray(value) ? (value as Where[]) : [];
  return <WhereList language={usePickerScope().language} fact={text(settings[schema.of ?? ""])} where={where} onChange={onChange} />;
}

/** A template of the channel beside it, with a way to it and its text. */
function TemplatePicker({ id, value, schema, settings, onChange }: PickerProps) {
  const t = useT(journeyWords);
  const { templates } = usePickerScope();
  const picked = templates.find((template) => template.name === value || String(template.id) === text(value));
  const offered = templates.filter((template) => template.channel === settings[schema.of ?? ""]);
  return (
    <>
      <Select
        id={id} className="settings-wide" placeholder={t("pickTemplate")} showSearch={{ optionFilterProp: "label" }} value={picked?.name}
        options={offered.map((template) => ({ value: template.name, label: template.name }))} onChange={onChange}
      />
      <div className="field-hint">{picked ? <Link to={`/journeys/templates/${String(picked.id)}`}>{t("editTemplate")}</Link> : <Link to="/journeys/templates/new">{t("newTemplate")}</Link>}</div>
      {picked ? <blockquote className="template-text">{picked.body}</blockquote> : null}
    </>
  );
}

function WeekdaysPicker({ id, value, onChange }: PickerProps) {
  const label = useLabel();
  const options = useCodes("weekday").map((day) => ({ value: Number(day), label: label("weekday", day) }));
  return <Select id={id} mode="multiple" className="settings-wide" value={Array.isArray(value) ? (value as number[]) : []} options={options} onChange={(days: number[]) => { onChange([...days].sort((a, b) => a - b)); }} />;
}

export const JOURNEY_PICKERS: Pickers = {
  audience: AudiencePicker,
  audience_tree: TreePicker,
  channel: ChannelPicker,
  fact: FactPicker,
  property: PropertyPicker,
  property_tests: PropertyTestsPicker,
  tags: TagsPicker,
  template: TemplatePicker,
  weekdays: WeekdaysPicker,
};
