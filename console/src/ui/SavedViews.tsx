import { DeleteOutlined, StarOutlined } from "@ant-design/icons";
import { Button, Input, Popover, Space } from "antd";
import { useState } from "react";
import { useT } from "./i18n";
import { useSavedViews } from "./tableState";

interface Props {
  /** The list's key; views are kept per list. */
  id: string;
  /** The filters in force, as a query string. */
  search: string;
  onPick: (search: string) => void;
}

/** Filters saved under a name: pick one, save the present one, drop one. */
export function SavedViews({ id, search, onPick }: Props) {
  const t = useT();
  const { views, save, drop } = useSavedViews(id);
  const [name, setName] = useState("");
  const [open, setOpen] = useState(false);
  const keep = () => {
    if (!name.trim()) return;
    save({ name: name.trim(), search });
    setName("");
  };
  const body = (
    <div className="stack tight" style={{ width: 240 }}>
      {views.length === 0 ? <span className="muted">{t("noViews")}</span> : null}
      {views.map((view) => (
        <div key={view.name} className="row between">
          <Button
            type="text"
            className="grow clip"
            style={{ justifyContent: "flex-start" }}
            onClick={() => {
              onPick(view.search);
              setOpen(false);
            }}
          >
            {view.name}
          </Button>
          <Button type="text" size="small" icon={<DeleteOutlined aria-hidden />} aria-label={`${t("delete")} ${view.name}`} onClick={() => drop(view.name)} />
        </div>
      ))}
      <Space.Compact block>
        <Input
          value={name}
          placeholder={t("viewName")}
          aria-label={t("viewName")}
          maxLength={40}
          onChange={(event) => setName(event.target.value)}
          onPressEnter={keep}
        />
        <Button onClick={keep} disabled={!name.trim()}>{t("save")}</Button>
      </Space.Compact>
    </div>
  );
  return (
    <Popover trigger="click" open={open} onOpenChange={setOpen} content={body} placement="bottomRight" title={t("savedViews")}>
      <Button type="text" icon={<StarOutlined aria-hidden />}>{t("savedViews")}</Button>
    </Popover>
  );
}
