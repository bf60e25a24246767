import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import { defineConfig } from "eslint/config";
import ts from "typescript-eslint";

export default defineConfig(
  { ignores: ["node_modules", "src/api/schema.d.ts"] },
  js.configs.recommended,
  ts.configs.strict,
  hooks.configs.flat["recommended-latest"],
  {
    files: ["src/**/*.{ts,tsx}"],
    rules: {
      "max-lines": ["error", { max: 400 }],
      "no-console": "error",
      eqeqeq: "error",
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true, varsIgnorePattern: "^_", argsIgnorePattern: "^_" }],
      "@typescript-eslint/consistent-type-imports": "error",
    },
  },
  {
    // Floors: api below ui below rooms. A room never imports another room; the frame at the top may see all.
    files: ["src/api/**", "src/ui/**"],
    rules: {
      "no-restricted-imports": ["error", { patterns: [{ group: ["@/rooms/*", "@/frame/*"], message: "api and ui may not import rooms." }] }],
    },
  },
  {
    files: ["src/rooms/**"],
    rules: {
      "no-restricted-imports": [
        "error",
        { patterns: [{ group: ["@/rooms/*", "@/frame/*", "../../rooms/*"], message: "A room may not import another room." }] },
      ],
    },
  },
);
