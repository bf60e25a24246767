import { useCallback, useState } from "react";

/** What a browser remembers of one table: hidden columns. */
export function useHidden(id: string, initially: string[]): [string[], (hidden: string[]) => void] {
  const key = `siyu.columns.${id}`;
  const [hidden, set] = useState<string[]>(() => read<string[]>(key) ?? initially);
  const keep = useCallback(
    (next: string[]) => {
      localStorage.setItem(key, JSON.stringify(next));
      set(next);
    },
    [key],
  );
  return [hidden, keep];
}

function read<T>(key: string): T | null {
  try {
    const text = localStorage.getItem(key);
    return text ? (JSON.parse(text) as T) : null;
  } catch {
    return null;
  }
}

export interface SavedView {
  name: string;
  /** The filters as a query string, as they stand in the address. */
  search: string;
}

/** Filters saved under a name in this browser. */
export function useSavedViews(id: string): { views: SavedView[]; save: (view: SavedView) => void; drop: (name: string) => void } {
  const key = `siyu.views.${id}`;
  const [views, set] = useState<SavedView[]>(() => read<SavedView[]>(key) ?? []);
  const keep = (next: SavedView[]) => {
    localStorage.setItem(key, JSON.stringify(next));
    set(next);
  };
  return {
    views,
    save: (view) => {
      keep([...views.filter((item) => item.name !== view.name), view]);
    },
    drop: (name) => {
      keep(views.filter((item) => item.name !== name));
    },
  };
}
