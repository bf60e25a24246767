import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import { defineConfig } from "eslint/config";
import ts from "typescript-eslint";

/** The floors from the lowest up, rooms in the order of the Python rooms: a file imports from its own floor and from those before it. */
const FLOORS = [
  "api", "ui", "rooms/platform", "rooms/contacts", "rooms/content", "rooms/channels", "rooms/audience", "rooms/journeys", "rooms/insight", "rooms/imports", "rooms/today", "frame",
];

const floors = FLOORS.slice(0, -1).map((floor, index) => ({
  files: [`src/${floor}/**`],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: [
          { group: FLOORS.slice(index + 1).flatMap((higher) => [`@/${higher}`, `@/${higher}/**`, `**/../${higher}/**`]), message: "A floor imports only from the floors below it (console/README.md)." },
        ],
      },
    ],
  },
}));

/** A name says what the thing is: the words that Python's variables may not bear either (tests/house/test_names.py). */
const PRONOUN = "/^(one|found|given|wanted|asked|told|words|said)$/";
const NAMED = [`VariableDeclarator > Identifier.id[name=${PRONOUN}]`, `:function > Identifier[name=${PRONOUN}]`, `ObjectPattern > Property > Identifier.value[name=${PRONOUN}]`];

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
      "no-restricted-syntax": [
        "error",
        {
          selector: "JSXOpeningElement[name.name=/(Outlined|Filled|TwoTone)$/]:not(:has(JSXAttribute[name.name=/^aria-/]))",
          message: "An icon is read out by its English file name unless it is aria-hidden or has an aria-label.",
        },
        { selector: NAMED.join(", "), message: "Name the thing: a pronoun says nothing to who reads on." },
      ],
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true, varsIgnorePattern: "^_", argsIgnorePattern: "^_" }],
      "@typescript-eslint/consistent-type-imports": "error",
    },
  },
  ...floors,
);
