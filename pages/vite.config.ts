import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { precompress } from "../console/precompress.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const OUT = here("../siyu/web/static/pages");

// The Python process serves the build under /p/.
export default defineConfig({
  base: "/p/",
  plugins: [react(), precompress(OUT)],
  resolve: { alias: { "@": here("./src") } },
  server: { proxy: { "/api": "http://127.0.0.1:8000" } },
  build: { outDir: OUT, emptyOutDir: true, target: "es2020", sourcemap: false },
});
