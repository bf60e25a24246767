import { Alert, Form } from "antd";
import type { FormInstance, FormItemProps } from "antd";
import { useCallback, useState } from "react";
import { asProblem } from "@/api";
import { useT } from "./i18n";
import { useProblem } from "./problems";

type NamePath = (string | number)[];

const pathOf = (path: string): NamePath =>
  path
    .replace(/^[$/]+\.?/, "")
    .split(/[./[\]]+/)
    .filter(Boolean)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));

interface ApiForm<Values> {
  /** Runs the request; a refusal is put at its fields, the rest into `banner`. True when it went through. */
  submit: (values: Values) => Promise<boolean>;
  busy: boolean;
  banner: string | null;
}

/** Joins a form to one request: errors of the server appear at the fields they are about. */
export function useApiForm<Values>(form: FormInstance, send: (values: Values) => Promise<unknown>): ApiForm<Values> {
  const [busy, setBusy] = useState(false);
  const [banner, setBanner] = useState<string | null>(null);
  const problems = useProblem();
  const submit = useCallback(
    async (values: Values) => {
      setBusy(true);
      setBanner(null);
      try {
        await send(values);
        return true;
      } catch (error) {
        const problem = asProblem(error);
        const placed = problem.faults.map((fault) => ({ name: pathOf(fault.path), errors: [problems.fault(fault)] }));
        const known = placed.filter((item) => form.getFieldInstance(item.name) !== undefined || form.getFieldsValue(true)[item.name[0] ?? ""] !== undefined);
        form.setFields(known);
        const stray = placed.filter((item) => !known.includes(item)).flatMap((item) => item.errors);
        setBanner(known.length > 0 && stray.length === 0 ? null : [problems.text(problem), ...stray].join(" "));
        return false;
      } finally {
        setBusy(false);
      }
    },
    [form, send, problems],
  );
  return { submit, busy, banner };
}

/** The sentence above a form when the refusal is not about one field. */
export function FormBanner({ text }: { text: string | null }) {
  return text ? <Alert type="error" title={text} showIcon role="alert" style={{ marginBottom: 16 }} /> : null;
}

interface FieldProps extends FormItemProps {
  /** Marks the label as optional; required fields carry no mark. */
  optional?: boolean;
}

export function FormField({ optional = false, label, ...rest }: FieldProps) {
  const t = useT();
  return (
    <Form.Item
      {...rest}
      label={optional ? <span>{label} <span className="muted">({t("optional")})</span></span> : label}
    />
  );
}
