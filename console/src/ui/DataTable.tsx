import { Button, Checkbox, Input, Table } from "antd";
import type { TableProps } from "antd";
import { useEffect, useRef, useState } from "react";
import type { ReactNode } from "react";
import { useNavigate } from "react-router";
import { number } from "./format";
import { useLocale, useT } from "./i18n";
import { EmptyState, ErrorState, Loading } from "./QueryState";
import { ColumnPicker, ExportButton, ExportLink } from "./TableTools";
import { useHidden } from "./tableState";
import type { Column, DataTableProps } from "./tableTypes";
import { compareBy, isPlain, matching } from "./tableValues";
import { useIsPhone } from "./theme";
import { Money, Time, useZone } from "./values";

const SEARCH_PAUSE_MS = 250;

function SearchBox({ value, onChange, placeholder }: { value: string; onChange: (value: string) => void; placeholder?: string }) {
  const t = useT();
  const [text, setText] = useState(value);
  const sent = useRef(value);
  useEffect(() => {
    if (value !== sent.current) {
      sent.current = value;
      setText(value);
    }
  }, [value]);
  useEffect(() => {
    if (text === sent.current) return undefined;
    const timer = setTimeout(() => {
      sent.current = text;
      onChange(text);
    }, SEARCH_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, onChange]);
  const hint = placeholder ?? t("search");
  return (
    <Input.Search
      className="table-search"
      value={text}
      allowClear
      placeholder={hint}
      aria-label={hint}
      onChange={(event) => setText(event.target.value)}
      onSearch={(next) => {
        sent.current = next;
        onChange(next);
      }}
    />
  );
}

function shown<Row>(column: Column<Row>, row: Row): ReactNode {
  if (column.render) return column.render(row);
  if (column.moment) return <Time value={column.moment(row)} style={column.momentStyle ?? "minute"} />;
  if (column.fen) return <Money fen={column.fen(row)} />;
  return column.text?.(row) ?? "—";
}

function Cards<Row>({ columns, rows, rowKey, picked, label }: DataTableProps<Row> & { rows: Row[] }) {
  const t = useT();
  const head = columns.find((column) => column.card === "head") ?? columns[0];
  const lines = columns.filter((column) => column !== head && column.card !== "none");
  if (!head) return null;
  return (
    <ul className="cards" aria-label={label}>
      {rows.map((row) => {
        const key = rowKey(row);
        return (
          <li key={key}>
            {picked ? (
              <Checkbox
                aria-label={t("selectRow")}
                checked={picked.keys.includes(key)}
                onChange={(event) => picked.onChange(event.target.checked ? [...picked.keys, key] : picked.keys.filter((item) => item !== key))}
              />
            ) : null}
            <div className="grow">
              {shown(head, row)}
              <dl className="card-lines">
                {lines.map((column) => (
                  <div key={column.key} style={{ display: "contents" }}>
                    <dt>{column.title}</dt>
                    <dd>{shown(column, row)}</dd>
                  </div>
                ))}
              </dl>
            </div>
          </li>
        );
      })}
    </ul>
  );
}

function Grid<Row>(props: DataTableProps<Row> & { rows: Row[] }) {
  const { columns, rows, rowKey, href, picked, sort, label, more } = props;
  const t = useT();
  const navigate = useNavigate();
  const table: TableProps<Row> = {
    size: "small",
    rowKey,
    dataSource: rows,
    pagination: false,
    columns: columns.map((column) => ({
      key: column.key,
      title: column.title,
      align: column.align ?? "start",
      ...(column.width === undefined ? {} : { width: column.width }),
      ...(column.sort ? { sorter: true, sortOrder: sort?.key === column.sort ? (sort.descending ? "descend" : "ascend") : null } : {}),
      // a list that is here as a whole is sorted here; of one in pages the server sorts what it can
      ...(!more && !sort && isPlain(column) ? { sorter: compareBy(column), sortDirections: column.align === "end" ? ["descend", "ascend"] : ["ascend", "descend"] } : {}),
      render: (_: unknown, row: Row) => shown(column, row),
    })),
    onChange: (_page, _filters, sorter) => {
      const order = Array.isArray(sorter) ? sorter[0] : sorter;
      const column = columns.find((item) => item.key === order?.columnKey);
      if (column?.sort && sort) sort.onChange(order?.order ? column.sort : "", order?.order === "descend");
    },
  };
  if (picked) {
    table.rowSelection = {
      selectedRowKeys: picked.keys,
      onChange: (keys) => picked.onChange(keys.map(String)),
      getTitleCheckboxProps: () => ({ "aria-label": t("selectAll") }),
      getCheckboxProps: () => ({ "aria-label": t("selectRow") }),
    };
  }
  if (href) {
    table.onRow = (row) => ({
      className: "clickable",
      onClick: (event) => {
        const target = event.target as HTMLElement;
        if (target.closest("a,button,input,label,.ant-table-selection-column") || window.getSelection()?.toString()) return;
        void navigate(href(row));
      },
    });
  }
  // The library's own scroll copies the header into a hidden row with controls in it; a plain scrolling box does not.
  return (
    <div className="table-scroll">
      <Table<Row> {...table} aria-label={label} />
    </div>
  );
}

function Foot<Row>({ rows, total, more }: DataTableProps<Row> & { rows: Row[] }) {
  const t = useT();
  const { locale } = useLocale();
  if (total === undefined && !more) return null;
  const all = total ?? rows.length;
  const text = more?.has ? t("shown", { shown: number(rows.length, locale), total: number(all, locale) }) : t("total", { n: number(all, locale) });
  return (
    <div className="table-foot">
      <span className="num">{text}</span>
      {more?.has ? <Button size="small" loading={more.loading} onClick={more.onMore}>{t("loadMore")}</Button> : null}
    </div>
  );
}

function Body<Row>(props: DataTableProps<Row>) {
  const t = useT();
  const phone = useIsPhone();
  const { rows, error, onRetry, empty, loading = false, search } = props;
  if (rows === undefined) return error && !loading ? <ErrorState error={error} {...(onRetry ? { onRetry } : {})} /> : <Loading />;
  if (rows.length === 0) {
    if (search?.value || !empty) return <EmptyState title={t("nothingFound")} hint={t("nothingFoundHint")} />;
    return <>{empty}</>;
  }
  const full = { ...props, rows };
  return phone ? <Cards {...full} /> : <Grid {...full} />;
}

/** How many are chosen, and all of them when the page at hand is. */
function Picked<Row>({ picked, rows, total }: DataTableProps<Row> & { picked: NonNullable<DataTableProps<Row>["picked"]> }) {
  const t = useT();
  const { locale } = useLocale();
  const { keys, everything } = picked;
  const offered = everything && total !== undefined && total > keys.length && keys.length === rows?.length;
  const clear = () => {
    everything?.onChange(false);
    picked.onChange([]);
  };
  return (
    <>
      <strong className="num">{everything?.on && total !== undefined ? t("selectedAll", { n: number(total, locale) }) : t("selected", { n: number(keys.length, locale) })}</strong>
      {offered && !everything.on ? <Button type="link" size="small" onClick={() => everything.onChange(true)}>{t("selectEverything", { n: number(total, locale) })}</Button> : null}
      {picked.actions}
      <Button type="link" size="small" onClick={clear}>{t("clear")}</Button>
    </>
  );
}

/** The list every page uses: search, filters, columns, CSV, selection; a table on a desk, cards on a phone. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { id, label, columns, rows: everyRow, search, filters, tools, picked, exportRows, exportHref, more, bare = false } = props;
  const [hidden, setHidden] = useHidden(id, columns.filter((column) => column.hidden).map((column) => column.key));
  const visible = columns.filter((column) => !hidden.includes(column.key));
  const zone = useZone();
  const [needle, setNeedle] = useState("");
  const box = search ?? { value: needle, onChange: setNeedle };
  const rows = search ? everyRow : matching(everyRow, columns, needle, zone);
  const full = { ...props, rows, columns: visible, search: box };
  return (
    <section className="table-panel" aria-label={label} aria-busy={props.loading ?? false}>
      {bare ? null : (
        <div className="table-bar">
          {search || !more ? <SearchBox {...box} /> : null}
          {filters}
          <div className="table-tools">
            {tools}
            <ColumnPicker columns={columns} hidden={hidden} onChange={setHidden} />
            {exportHref ? <ExportLink href={exportHref} /> : exportRows === false || (more && !more.every) ? null : <ExportButton name={label} columns={columns} rows={rows ?? []} every={more?.every} />}
          </div>
        </div>
      )}
      {picked && picked.keys.length > 0 ? (
        <div className="table-picked" role="status">
          <Picked {...props} picked={picked} />
        </div>
      ) : null}
      <Body {...full} />
      {rows && rows.length > 0 ? <Foot {...full} rows={rows} /> : null}
    </section>
  );
}
