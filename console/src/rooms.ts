/** Every room and the file its pages are fetched from, when one of them is first opened. */
export const rooms = {
  today: () => import("./rooms/today"),
  contacts: () => import("./rooms/contacts"),
  imports: () => import("./rooms/imports"),
  audience: () => import("./rooms/audience"),
  content: () => import("./rooms/content"),
  journeys: () => import("./rooms/journeys"),
  channels: () => import("./rooms/channels"),
  insight: () => import("./rooms/insight"),
  settings: () => import("./frame/settings/Settings"),
};
