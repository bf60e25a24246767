import type { ComponentType } from "react";

type Page = () => Promise<{ default: ComponentType }>;

/** A room's page is the default export of rooms/<room>/index.tsx; a room without one has no entry in the navigation. */
const found = import.meta.glob<{ default: ComponentType }>("./rooms/*/index.tsx");
const room = (name: string): Page | undefined => found[`./rooms/${name}/index.tsx`];

export const rooms = {
  today: room("today"),
  contacts: room("contacts"),
  imports: room("imports"),
  audience: room("audience"),
  journeys: room("journeys"),
  channels: room("channels"),
  insight: room("insight"),
  platform: room("platform"),
};
