import { Select } from "antd";
import { useT } from "@/ui";
import { useTagGroups } from "./data";
import { contactsWords } from "./words";

interface Props {
  value?: string[];
  onChange?: (tags: string[]) => void;
  id?: string;
}

/** Tags by group, found by typing. */
export function TagPicker({ value, onChange, id }: Props) {
  const t = useT(contactsWords);
  const groups = useTagGroups();
  return (
    <Select
      mode="multiple"
      style={{ width: "100%" }}
      {...(id ? { id } : {})}
      value={value ?? []}
      onChange={(tags: string[]) => onChange?.(tags)}
      loading={groups.isPending}
      placeholder={t("chooseTags")}
      aria-label={t("chooseTags")}
      options={(groups.data?.items ?? []).map((group) => ({ label: group.name, title: group.name, options: group.tags.map((tag) => ({ value: tag.name, label: tag.name })) }))}
    />
  );
}
