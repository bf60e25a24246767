import { useQuery } from "@tanstack/react-query";
import { Select, Spin } from "antd";
import { useState } from "react";
import { api, filled, ok } from "@/api";
import type { QueryOf } from "@/api";
import { useDebounced, useT } from "@/ui";
import { memberName } from "./MemberChip";

export interface PickedMember {
  id: string;
  name: string;
}

interface Props {
  label: string;
  value: PickedMember | null;
  onChange: (member: PickedMember | null) => void;
}

const PAUSE_MS = 250;
const SHOWN_MAX = 20;

/** Finds a member by name, number or identity. */
export function MemberPicker({ label, value, onChange }: Props) {
  const t = useT();
  const [text, setText] = useState("");
  const search = useDebounced(text, PAUSE_MS);
  const query = useQuery({
    queryKey: ["member-picker", search],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/members", { params: { query: filled<QueryOf<"/api/v1/members">>({ search, limit: SHOWN_MAX }) }, signal })),
    staleTime: 30_000,
  });
  const options = (query.data?.items ?? []).map((row) => ({ value: String(row.id), label: memberName(row.id, row.name) }));
  if (value && !options.some((option) => option.value === value.id)) options.unshift({ value: value.id, label: value.name });
  return (
    <Select
      aria-label={label} placeholder={label} style={{ width: "100%" }} allowClear value={value?.id}
      showSearch={{ filterOption: false, onSearch: setText }} options={options} loading={query.isFetching}
      notFoundContent={query.isFetching ? <Spin size="small" /> : t("nothingFound")}
      onChange={(id: string | undefined, option) => {
        const picked = Array.isArray(option) ? option[0] : option;
        onChange(id === undefined ? null : { id, name: String(picked?.label ?? id) });
      }}
    />
  );
}
