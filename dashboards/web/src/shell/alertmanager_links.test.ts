import assert from "node:assert/strict";
import { test } from "node:test";
import { alertsSearch } from "./alertmanager_links.ts";

test("links of Alertmanager's page lead to ours", () => {
  const check = (hash: string, expected: string | null): void => assert.equal(alertsSearch(hash), expected, hash);
  check("#/alerts?receiver=oncall", "");
  check("#/silences/new?filter=%7Balertname%3D%22X%22%2C%20pod%3D%22y%22%7D", "silence=%7Balertname%3D%22X%22%2C+pod%3D%22y%22%7D");
  check("#/silences/5e1f", "");
  check("#/silences", "");
  check("", null);
  check("#/other", null);
});
