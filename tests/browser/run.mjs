// Drives a headless Chromium against a real Belfry: `BELFRY_BIN=target/debug/belfry node tests/browser/run.mjs [NAME...]`.
//
// A name runs the scenarios whose name holds it. Without Chromium, without playwright-core or without the binary every
// scenario is skipped by name; with CI=true that is a failure.
import { Stage, missing } from "./stage.mjs";
import { scenarios } from "./scenarios.mjs";

const wanted = process.argv.slice(2);
const chosen = Object.entries(scenarios).filter(([name]) => wanted.length === 0 || wanted.some((word) => name.includes(word)));
const lack = await missing();
const counts = { passed: 0, failed: 0, skipped: 0 };

if (lack) {
  const failing = process.env.CI === "true";
  for (const [name] of chosen) console.log(`${failing ? "FAILED" : "skipped"} ${name}: ${lack}`);
  counts[failing ? "failed" : "skipped"] = chosen.length;
} else {
  const stage = await Stage.open();
  try {
    for (const [name, play] of chosen) await run(stage, name, play);
  } finally {
    await stage.close();
  }
}

const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
console.log(`browser: ${counts.passed} passed, ${counts.failed} failed${skipped}`);
console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`);
process.exit(counts.failed > 0 ? 1 : 0);

async function run(stage, name, play) {
  const started = performance.now();
  try {
    await stage.scene(play);
    counts.passed += 1;
    console.log(`ok ${name} (${Math.round(performance.now() - started)} ms)`);
  } catch (error) {
    counts.failed += 1;
    console.log(`FAILED ${name}: ${error.stack ?? error}`);
  }
}
