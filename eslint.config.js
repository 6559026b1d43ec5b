import tseslint from "typescript-eslint";

/** Typed rules only; format and imports belong to Biome. */
export default tseslint.config(
  { ignores: ["dist/**", "node_modules/**", "**/*.js"] },
  {
    files: ["services/**/*.{ts,tsx}", "test/**/*.ts"],
    extends: [tseslint.configs.base],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/no-unnecessary-condition": "off",
    },
  },
  {
    files: ["services/core/**/*.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          selector: "MemberExpression[object.name='Date'][property.name='now']",
          message: "The core has no clock: time enters as data.",
        },
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: "The core has no clock: time enters as data.",
        },
        {
          selector: "MemberExpression[object.name='Math'][property.name='random']",
          message: "The core has no randomness: use core/random.ts with a seed.",
        },
        { selector: ":function[async=true]", message: "The core is synchronous." },
        { selector: "AwaitExpression", message: "The core is synchronous." },
      ],
    },
  },
);
