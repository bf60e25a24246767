import type { ComponentType } from "react";
import { createBrowserRouter } from "react-router";
import type { RouteObject } from "react-router";
import { Frame } from "@/frame/Frame";
import { RouteFault } from "@/frame/RouteFault";
import { NotFound } from "@/frame/NotFound";
import { Splash } from "@/frame/Splash";
import { isUnfetched, Unreached } from "@/frame/Unreached";
import { rooms } from "./rooms";

type Page = () => Promise<{ default: ComponentType }>;

/** A page whose file does not come is replaced by one that waits for it: the router itself would show nothing. */
const lazily = (page: Page): NonNullable<RouteObject["lazy"]> => async () => {
  try {
    return { Component: (await page()).default };
  } catch (error) {
    if (isUnfetched(error)) return { Component: Unreached };
    throw error;
  }
};

const route = (path: string, page: Page): RouteObject => ({ path, lazy: lazily(page), errorElement: <RouteFault /> });

export const router = createBrowserRouter([
  { path: "/sign-in", lazy: lazily(() => import("./frame/SignIn")), HydrateFallback: Splash, errorElement: <RouteFault bare /> },
  {
    path: "/",
    element: <Frame />,
    HydrateFallback: Splash,
    errorElement: <RouteFault bare />,
    children: [
      { index: true, lazy: lazily(rooms.today), errorElement: <RouteFault /> },
      route("members/*", rooms.contacts),
      route("imports/*", rooms.imports),
      route("audiences/*", rooms.audience),
      route("journeys/templates/*", rooms.content),
      route("journeys/*", rooms.journeys),
      route("messages/*", rooms.channels),
      route("insight/*", rooms.insight),
      route("settings/*", rooms.settings),
      { path: "*", element: <NotFound /> },
    ],
  },
]);
