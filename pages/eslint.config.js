import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import { defineConfig } from "eslint/config";
import ts from "typescript-eslint";

export default defineConfig(
  { ignores: ["node_modules"] },
  js.configs.recommended,
  ts.configs.strict,
  hooks.configs.flat["recommended-latest"],
  { files: ["src/**/*.{ts,tsx}"], rules: { "max-lines": ["error", { max: 400 }], "no-console": "error", eqeqeq: "error" } },
);
