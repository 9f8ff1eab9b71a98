// Turns the JSON schema on the standard input into TypeScript declarations on the standard output.

import { compile } from "json-schema-to-typescript";

const HEAD = `// Generated from the server's pydantic models by \`python tests/page/api_types.py\`. Don't edit.`;

/**
 * Adapt a schema of pydantic to the generator: tuples are arrays of `items`, every property is sent, titles of
 * properties aren't names of types, a reference stands alone, and lengths of lists don't make them tuples.
 * @param {unknown} node
 * @returns {unknown}
 */
function adapt(node) {
  if (Array.isArray(node)) return node.map(adapt);
  if (typeof node !== "object" || node === null) return node;
  if ("$ref" in node) return { $ref: node.$ref };
  const entries = Object.entries(node).filter(([key, value]) => key !== "title" || typeof value !== "string");
  const { prefixItems, minItems, maxItems, ...rest } = Object.fromEntries(
    entries.map(([key, value]) => [key, adapt(value)]),
  );
  if (prefixItems) return { ...rest, items: prefixItems, minItems, maxItems, additionalItems: false };
  return "properties" in node ? { ...rest, required: Object.keys(Object(node.properties)) } : rest;
}

/** @type {string[]} */
const parts = [];
for await (const part of process.stdin) parts.push(String(part));
const schema = adapt(JSON.parse(parts.join("")));
const types = await compile(/** @type {import("json-schema-to-typescript").JSONSchema} */ (schema), "Root", {
  bannerComment: HEAD,
  additionalProperties: false,
  unreachableDefinitions: true,
});
const withoutRoot = types.replace(/export interface Root \{[^}]*\}\n/, "");
process.stdout.write(
  withoutRoot.replaceAll(/( \*\n)? \* This interface was referenced by `Root`'s.*\n \* via .*\n/g, ""),
);
