import { Select } from "antd";
import { useLocale } from "./i18n";
import type { Locale, LocalizedText } from "./i18n";

/** A value to choose, as the server names it. */
export interface Choice {
  value: string;
  label: LocalizedText;
  group?: LocalizedText;
}

/** Choices as a select takes them; those of one group stand together under its name. */
export function choiceOptions(choices: readonly Choice[], locale: Locale) {
  const groups = new Map<string, { value: string; label: string }[]>();
  for (const choice of choices) {
    const group = choice.group?.[locale] ?? "";
    groups.set(group, [...(groups.get(group) ?? []), { value: choice.value, label: choice.label[locale] }]);
  }
  return [...groups].flatMap(([label, options]): ({ value: string; label: string } | { label: string; options: { value: string; label: string }[] })[] => (label ? [{ label, options }] : options));
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
      options={choiceOptions(choices, locale)} onChange={onChange}
    />
  );
}

/** Chooses one of the server's values; the empty text is none. */
export function ChoiceSelect({ id, value, choices, placeholder, onChange }: Props<string>) {
  const { locale } = useLocale();
  return (
    <Select
      id={id} style={{ width: "100%" }} placeholder={placeholder} showSearch={{ optionFilterProp: "label" }} value={value || undefined}
      options={choiceOptions(choices, locale)} onChange={onChange}
    />
  );
}
