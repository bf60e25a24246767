import { useQuery } from "@tanstack/react-query";
import { Select, Spin } from "antd";
import { useEffect, useState } from "react";
import { get } from "@/api";
import type { Listed } from "@/api";
import { useT } from "@/ui";

export interface PickedMember {
  id: string;
  name: string;
}

interface Row {
  id: string | number;
  name?: string | null;
  external_id?: string | null;
}

interface Props {
  label: string;
  value: PickedMember | null;
  onChange: (member: PickedMember | null) => void;
}

const PAUSE_MS = 250;

/** Finds a member by name, number or identity. */
export function MemberPicker({ label, value, onChange }: Props) {
  const t = useT();
  const [text, setText] = useState("");
  const [asked, setAsked] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const found = useQuery({
    queryKey: ["member-picker", asked],
    queryFn: ({ signal }) => get<Listed<Row>>("/members", { query: { search: asked, limit: 20 }, signal }),
    staleTime: 30_000,
  });
  const options = (found.data?.items ?? []).map((row) => ({ value: String(row.id), label: row.name?.trim() ? row.name : `#${String(row.id)}` }));
  if (value && !options.some((option) => option.value === value.id)) options.unshift({ value: value.id, label: value.name });
  return (
    <Select
      aria-label={label} placeholder={label} style={{ width: "100%" }} allowClear value={value?.id}
      showSearch={{ filterOption: false, onSearch: setText }} options={options} loading={found.isFetching}
      notFoundContent={found.isFetching ? <Spin size="small" /> : t("nothingFound")}
      onChange={(id: string | undefined, option) => {
        const picked = Array.isArray(option) ? option[0] : option;
        onChange(id === undefined ? null : { id, name: String(picked?.label ?? id) });
      }}
    />
  );
}
