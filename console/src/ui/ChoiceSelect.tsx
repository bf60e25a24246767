import { Select } from "antd";
import { useLocale } from "./i18n";
import type { LocalizedText } from "./i18n";

/** A value to choose, as the server names it. */
export interface Choice {
  value: string;
  label: LocalizedText;
  group?: LocalizedText;
}

interface Props<Value> {
  id: string;
  value: Value;
  choices: readonly Choice[];
  placeholder?: string;
  onChange: (value: Value) => void;
}

/** Chooses any number of the server's values. */
export function ChoicesSelect({ id, value, choices, placeholder, onChange }: Props<string[]>) {
  const { locale } = useLocale();
  return (
    <Select
      id={id} mode="multiple" style={{ width: "100%" }} placeholder={placeholder} showSearch={{ optionFilterProp: "label" }} value={value}
      options={choices.map((choice) => ({ value: choice.value, label: choice.label[locale] }))} onChange={onChange}
    />
  );
}

/** Chooses one of the server's values; the empty text is none. */
export function ChoiceSelect({ id, value, choices, placeholder, onChange }: Props<string>) {
  const { locale } = useLocale();
  return (
    <Select
      id={id} style={{ width: "100%" }} placeholder={placeholder} showSearch={{ optionFilterProp: "label" }} value={value || undefined}
      options={choices.map((choice) => ({ value: choice.value, label: choice.label[locale] }))} onChange={onChange}
    />
  );
}
