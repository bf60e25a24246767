import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router/dom";
import { ME } from "@/api";
import { retryUnreached, sessionEnd, whenSignedOut, worthRetry } from "@/api/connection";
import { LocaleProvider, ThemeProvider } from "@/ui";
import { router } from "./routes";
import "@/ui/base.css";
import "@/ui/ui.css";
import "@/frame/frame.css";

const cache = new QueryClient({
  queryCache: new QueryCache(),
  defaultOptions: { queries: { staleTime: 10_000, retry: worthRetry, refetchOnWindowFocus: false, refetchInterval: (query) => retryUnreached(query.state.error) }, mutations: { retry: false } },
});

whenSignedOut(() => {
  if (cache.getQueryData(ME)) sessionEnd.mark(true);
  else cache.setQueryData(ME, null);
});

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={cache}>
      <LocaleProvider>
        <ThemeProvider>
          <RouterProvider router={router} />
        </ThemeProvider>
      </LocaleProvider>
    </QueryClientProvider>
  </StrictMode>,
);
