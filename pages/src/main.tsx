import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Preferences } from "./Preferences";
import { firstLocale, say } from "./words";
import "./pages.css";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

const token = /^\/p\/preferences\/([^/]+)\/?$/.exec(location.pathname)?.[1];

createRoot(root).render(
  <StrictMode>
    {token ? <Preferences token={decodeURIComponent(token)} /> : <main><div className="trouble"><h1>{say(firstLocale(), "notFound")}</h1></div></main>}
  </StrictMode>,
);
