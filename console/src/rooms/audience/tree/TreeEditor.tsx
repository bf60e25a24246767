import { useMemo } from "react";
import { useLocale } from "@/ui";
import { TreeContext } from "./context";
import { GroupBox } from "./GroupBox";
import type { Language } from "./language";
import { copyItem, editItem, insertAfter, moveItem, placeFaults, type Group, type PlacedFault } from "./tree";
import { useTreeText } from "./useTreeText";
import "./tree.css";

interface Props {
  root: Group;
  onChange: (root: Group) => void;
  language: Language;
  /** What the server found wrong, by item id (see placeFaults). */
  faults?: Map<string, PlacedFault[]>;
  readOnly?: boolean;
}

const NO_FAULTS = new Map<string, PlacedFault[]>();

/** The visual builder of the audience language: nested groups of conditions that read as a sentence. */
export function TreeEditor({ root, onChange, language, faults = NO_FAULTS, readOnly = false }: Props) {
  const { locale } = useLocale();
  const described = useTreeText(root).data;
  const texts = useMemo(() => {
    if (!described) return new Map<string, string>();
    const placed = placeFaults(described.root, described.text.conditions.map((condition) => ({ path: condition.path, reason: condition.text[locale] })));
    return new Map([...placed].map(([id, [condition]]) => [id, condition?.reason ?? ""]));
  }, [described, locale]);
  const scope = useMemo(() => ({ language, lang: locale, faults, texts, readOnly }), [language, locale, faults, texts, readOnly]);
  return (
    <TreeContext value={scope}>
      <div className="tree">
        <GroupBox
          item={root} depth={0}
          acts={{
            change: (id, edit) => { onChange(editItem(root, id, edit)); },
            duplicate: (item) => { onChange(insertAfter(root, item.id, copyItem(item))); },
            move: (id, by) => { onChange(moveItem(root, id, by)); },
          }}
        />
      </div>
    </TreeContext>
  );
}
