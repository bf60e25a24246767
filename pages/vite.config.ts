import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// The Python process serves the build under /p/.
export default defineConfig({
  base: "/p/",
  plugins: [react()],
  resolve: { alias: { "@": here("./src") } },
  server: { proxy: { "/api": "http://127.0.0.1:8000" } },
  build: { outDir: here("../siyu/web/static/pages"), emptyOutDir: true, target: "es2020", sourcemap: false },
});
