import { SearchOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Modal } from "antd";
import { useId, useMemo, useState } from "react";
import type { KeyboardEvent, ReactNode } from "react";
import { useNavigate } from "react-router";
import { api, ok } from "@/api";
import { PersonChip, useDebounced, useT } from "@/ui";
import { useEntries } from "./entries";
import { frameWords } from "./words";

interface Hit {
  key: string;
  group: "pages" | "members" | "audiences" | "journeys";
  to: string;
  label: ReactNode;
}

interface Named {
  id: string;
  name: string;
}

const PAUSE_MS = 180;
const PER_GROUP = 6;

function usePageHits(text: string): Hit[] {
  const t = useT(frameWords);
  const entries = useEntries();
  return useMemo(() => {
    const flat = entries.flatMap((entry) => [entry, ...(entry.children ?? []).filter((child) => child.to !== entry.to)]);
    return flat
      .filter((entry) => t(entry.word).toLowerCase().includes(text.toLowerCase()))
      .map((entry) => ({ key: `page:${entry.to}`, group: "pages", to: entry.to, label: t(entry.word) }));
  }, [entries, t, text]);
}

/** Objects whose name matches. */
function useObjectHits(text: string): Hit[] {
  const query = useQuery({
    queryKey: ["palette", text],
    enabled: text.length > 0,
    staleTime: 30_000,
    queryFn: async () => {
      // A kind the person may not read, or a server that is slow, simply gives nothing.
      const quiet = async (response: Promise<{ items: { id: number; name: string | null }[] }>): Promise<Named[]> => {
        try {
          return (await response).items.map((item) => ({ id: String(item.id), name: item.name ?? `#${String(item.id)}` }));
        } catch {
          return [];
        }
      };
      const [members, audiences, journeys] = await Promise.all([
        quiet(ok(api.GET("/api/v1/members", { params: { query: { search: text, limit: PER_GROUP } } }))),
        quiet(ok(api.GET("/api/v1/audiences"))),
        quiet(ok(api.GET("/api/v1/journeys"))),
      ]);
      const named = (items: Named[]) => items.filter((item) => item.name.toLowerCase().includes(text.toLowerCase())).slice(0, PER_GROUP);
      return { members, audiences: named(audiences), journeys: named(journeys) };
    },
  });
  const data = query.data;
  if (!data || !text) return [];
  return [
    ...data.members.map((item): Hit => ({ key: `m:${item.id}`, group: "members", to: `/members/${item.id}`, label: <PersonChip name={item.name} /> })),
    ...data.audiences.map((item): Hit => ({ key: `a:${item.id}`, group: "audiences", to: `/audiences/${item.id}`, label: item.name })),
    ...data.journeys.map((item): Hit => ({ key: `j:${item.id}`, group: "journeys", to: `/journeys/${item.id}`, label: item.name })),
  ];
}

/** Search everything and go there, by keyboard. */
export function Palette({ onClose }: { onClose: () => void }) {
  const t = useT(frameWords);
  const navigate = useNavigate();
  const list = useId();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const search = useDebounced(text.trim(), PAUSE_MS);
  const pages = usePageHits(text.trim());
  const objects = useObjectHits(search);
  const hits = [...objects, ...pages];
  const go = (hit: Hit | undefined) => {
    if (!hit) return;
    onClose();
    void navigate(hit.to);
  };
  const press = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      setAt((now) => (hits.length ? (now + step + hits.length) % hits.length : 0));
    }
    if (event.key === "Enter") go(hits[at]);
  };
  return (
    <Modal open onCancel={onClose} footer={null} closable={false} width={560} className="palette" styles={{ container: { padding: 0 }, body: { padding: 0 } }} style={{ top: 80 }} title={<span className="sr-only">{t("search")}</span>}>
      <div className="palette-input">
        <SearchOutlined aria-hidden />
        <input
          autoFocus value={text} maxLength={100} role="combobox" aria-expanded aria-controls={list} aria-label={t("searchHint")} aria-activedescendant={hits[at] ? `${list}-${String(at)}` : undefined}
          placeholder={t("searchHint")} onKeyDown={press}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
        />
      </div>
      <ul className="palette-list" id={list} role="listbox" aria-label={t("search")}>
        {hits.length === 0 ? <li className="palette-group" role="presentation">{text ? t("nothingFound") : t("typeToSearch")}</li> : null}
        {hits.map((hit, index) => (
          <li key={hit.key} role="presentation">
            {hits[index - 1]?.group === hit.group ? null : <div className="palette-group" aria-hidden="true">{t(hit.group)}</div>}
            <div id={`${list}-${String(index)}`} role="option" aria-selected={index === at} className="palette-item" onMouseMove={() => setAt(index)} onClick={() => go(hit)}>
              {hit.label}
            </div>
          </li>
        ))}
      </ul>
      <div className="palette-foot">{t("moveHint")}</div>
    </Modal>
  );
}
