import { SearchOutlined } from "@ant-design/icons";
import { Modal } from "antd";
import { useId, useState } from "react";
import type { KeyboardEvent } from "react";
import { useNavigate } from "react-router";
import { useT } from "@/ui";
import { usePaletteHits, type Hit } from "./usePaletteHits";
import { frameWords } from "./words";

const intoSight = (option: HTMLElement | null): void => { option?.scrollIntoView({ block: "nearest" }); };

/** Search everything and go there, by keyboard. */
export function Palette({ onClose }: { onClose: () => void }) {
  const t = useT(frameWords);
  const navigate = useNavigate();
  const list = useId();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const hits = usePaletteHits(text.trim());
  const go = (hit: Hit | undefined) => {
    if (!hit) return;
    onClose();
    if (hit.file) location.assign(hit.to);
    else void navigate(hit.to);
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
            <div id={`${list}-${String(index)}`} role="option" aria-selected={index === at} className="palette-item" ref={index === at ? intoSight : undefined} onMouseMove={() => setAt(index)} onClick={() => go(hit)}>
              {hit.label}
            </div>
          </li>
        ))}
      </ul>
      <div className="palette-foot">{t("moveHint")}</div>
    </Modal>
  );
}
