import { Button, Skeleton } from "antd";
import type { ReactNode } from "react";
import { asProblem } from "@/api";
import { useT } from "./i18n";
import { useProblem } from "./problems";

/** A quiet drawing: three rows of people, the last one still to come. */
function Drawing({ kind }: { kind: "empty" | "error" }) {
  const stroke = kind === "error" ? "var(--danger)" : "var(--jade)";
  return (
    <svg width="72" height="48" viewBox="0 0 72 48" fill="none" aria-hidden="true">
      <rect x="1" y="1" width="70" height="46" rx="8" stroke="var(--line)" strokeWidth="2" />
      <circle cx="16" cy="16" r="5" fill={stroke} opacity="0.9" />
      <rect x="27" y="13" width="32" height="6" rx="3" fill="var(--line)" />
      <circle cx="16" cy="33" r="4" stroke={stroke} strokeWidth="2" strokeDasharray="3 3" />
      <rect x="27" y="30" width="20" height="6" rx="3" fill="var(--line)" opacity="0.6" />
    </svg>
  );
}

interface EmptyProps {
  title: ReactNode;
  /** What to do next, in one sentence. */
  hint?: ReactNode;
  actions?: ReactNode;
}

export function EmptyState({ title, hint, actions }: EmptyProps) {
  return (
    <div className="state">
      <Drawing kind="empty" />
      <div className="state-title">{title}</div>
      {hint ? <div className="state-hint">{hint}</div> : null}
      {actions ? <div className="state-acts">{actions}</div> : null}
    </div>
  );
}

interface ErrorProps {
  error: unknown;
  /** What did not work; without it something could not be loaded. */
  title?: string;
  onRetry?: () => void;
  actions?: ReactNode;
}

/** Says what went wrong in the reader's language, lists faulty fields, and offers another try. */
export function ErrorState({ error, title, onRetry, actions }: ErrorProps) {
  const t = useT();
  const problems = useProblem();
  const problem = asProblem(error);
  return (
    <div className="state" role="alert">
      <Drawing kind="error" />
      <div className="state-title">{title ?? t("loadFailed")}</div>
      <div className="state-hint">{problems.text(problem)}</div>
      {problem.faults.length > 0 ? (
        <ul className="state-hint">
          {problem.faults.map((fault) => (
            <li key={`${fault.path}:${fault.reason}`}>{problems.fault(fault)}</li>
          ))}
        </ul>
      ) : null}
      <div className="state-acts">
        {onRetry ? <Button onClick={onRetry}>{t("retry")}</Button> : null}
        {actions}
      </div>
    </div>
  );
}

/** Grey lines in the shape of what is coming; `rows` about as many as will be there. */
export function Loading({ rows = 6 }: { rows?: number }) {
  const t = useT();
  return (
    <div role="status" aria-label={t("loading")} style={{ padding: 16 }}>
      <Skeleton active title={false} paragraph={{ rows, width: "100%" }} />
    </div>
  );
}

interface QueryStateProps<T> {
  query: { data: T | undefined; error: unknown; isPending: boolean; refetch: () => unknown };
  rows?: number;
  children: (data: T) => ReactNode;
}

/** The three states of a query: grey lines, what went wrong, or the content. */
export function QueryState<T>({ query, rows, children }: QueryStateProps<T>) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.isPending) return <Loading rows={rows ?? 6} />;
  return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
}
