import { ChoiceSelect, ChoicesSelect, SettingsForm, type Choice, type PickerProps, type Pickers, type SettingSchema } from "@/ui";
import { useTreeScope } from "./context";
import type { Language } from "./language";
import { FactSelect } from "./DidEditor";
import { isObject, type Value } from "./tree";

/** Where what stands under a kind's key is no object, it is drawn as the one field of a form. */
const WHOLE = "value";

type JsonSchema = Record<string, unknown>;

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);

/** A part of the language's JSON schema as the form draws it. */
function settingOf(schema: JsonSchema, language: Language): SettingSchema {
  const reference = text(schema.$ref).split("/").at(-1);
  const own = reference ? { ...(language.definitions[reference] as JsonSchema | undefined), ...schema } : schema;
  const properties = isObject(own.properties) ? Object.entries(own.properties as Record<string, JsonSchema>) : null;
  const items = isObject(own.items) ? settingOf(own.items as JsonSchema, language) : undefined;
  const labelled = Array.isArray(own["x-options"]) ? (own["x-options"] as Choice[]) : undefined;
  const plain = Array.isArray(own.enum) ? own.enum.map((value) => ({ value: String(value), label: { zh: String(value), en: String(value) } })) : undefined;
  const offered = text(own.format) ? undefined : labelled ?? plain;
  return {
    type: text(own.type) || (Array.isArray(own.enum) ? "string" : ""),
    format: text(own.format) || items?.format || "",
    ...(isObject(own["x-label"]) ? { label: own["x-label"] as unknown as Choice["label"] } : {}),
    ...(offered ? { options: offered } : {}),
    ...(items ? { items } : {}),
    ...(properties ? { properties: Object.fromEntries(properties.map(([name, inner]) => [name, settingOf(inner, language)])) } : {}),
    ...(Array.isArray(own.required) ? { required: own.required.map(String) } : {}),
    ...(number(own.minimum) === undefined ? {} : { minimum: number(own.minimum) }),
    ...(number(own.maximum) === undefined ? {} : { maximum: number(own.maximum) }),
    ...(number(own.maxLength) === undefined ? {} : { maxLength: number(own.maxLength) }),
  } as SettingSchema;
}

/** A picker of one or many of a list of the language. */
function listPicker(list: (language: Language) => readonly Choice[]) {
  return function ListPicker({ id, schema, value, onChange }: PickerProps) {
    const choices = list(useTreeScope().language);
    if (schema.type === "array") return <ChoicesSelect id={id} value={Array.isArray(value) ? value.map(String) : []} choices={choices} onChange={onChange} />;
    return <ChoiceSelect id={id} value={text(value)} choices={choices} onChange={onChange} />;
  };
}

const PICKERS: Pickers = {
  audience: listPicker((language) => language.audiences),
  channel: listPicker((language) => language.channels),
  consent: listPicker((language) => language.consents),
  consent_channel: listPicker((language) => language.consent_channels),
  fact: ({ value, onChange }) => <FactSelect value={value} onChange={onChange} />,
  stage: listPicker((language) => language.stages),
  tag: listPicker((language) => language.tags),
};

/** The form of a kind of condition that has no editor of its own. */
export function DrawnCondition({ type, body, onBody }: { type: string; body: Value; onBody: (body: Value) => void }) {
  const { language } = useTreeScope();
  const schema = settingOf(language.kinds.find((kind) => kind.value === type)?.schema ?? {}, language);
  const whole = schema.properties === undefined || schema.properties === null;
  const drawn = whole ? ({ type: "object", properties: { [WHOLE]: schema } } as SettingSchema) : schema;
  const settings = whole ? { [WHOLE]: body } : isObject(body) ? body : {};
  return (
    <div className="tree-drawn">
      <SettingsForm schema={drawn} settings={settings} pickers={PICKERS} at={() => []} onChange={(next) => { onBody((whole ? (next[WHOLE] ?? null) : next) as Value); }} />
    </div>
  );
}
