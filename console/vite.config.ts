import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// The Python process serves the build at "/"; the development server (`make dev`) forwards the API to it.
const api = process.env.SIYU_API ?? "http://127.0.0.1:8000";

export default defineConfig({
  base: "/",
  plugins: [react()],
  resolve: { alias: { "@": here("./src") } },
  server: { proxy: { "/api": api, "/p/": api } },
  build: {
    outDir: here("../siyu/web/static/console"),
    emptyOutDir: true,
    target: "es2022",
    sourcemap: false,
    chunkSizeWarningLimit: 1200,
  },
});
