import { useSyncExternalStore } from "react";

function watch(act: () => void): () => void {
  addEventListener("online", act);
  addEventListener("offline", act);
  return () => {
    removeEventListener("online", act);
    removeEventListener("offline", act);
  };
}

/** Whether the browser knows that it has no network. */
export const useOffline = (): boolean => useSyncExternalStore(watch, () => !navigator.onLine);
