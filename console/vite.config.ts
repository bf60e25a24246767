import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { precompress } from "./precompress.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const OUT = here("../siyu/web/static/console");

// The Python process serves the build at "/"; the development server (`make dev`) forwards the API to it.
const api = process.env.SIYU_API ?? "http://127.0.0.1:8000";

export default defineConfig({
  base: "/",
  plugins: [react(), precompress(OUT)],
  resolve: { alias: { "@": here("./src") } },
  server: { proxy: { "/api": api, "/p/": api } },
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: "es2022",
    sourcemap: false,
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      output: {
        // What every page needs and no release of ours changes is one file that browsers keep.
        codeSplitting: { groups: [{ name: "framework", test: /node_modules\/(react|react-dom|scheduler|react-router|@tanstack|openapi-fetch)\// }] },
      },
    },
  },
});
