// node selftest.mjs model.onnx: checks that this device computes what was computed at export. Prints one JSON line per
// answer. The model runs every recorded input twice: as a whole recording, and sample by sample like a live sensor.
import { readFile } from "node:fs/promises";
import * as ort from "onnxruntime-web/wasm";
import { Model, Stream } from "./zoo.mjs";

const TOLERANCE = 1e-4; // processors round differently

/** The model's answer to one recording that is pushed in parts: label, score and events. */
async function answer(model, parts) {
  const stream = new Stream(model);
  const [scores, events] = [[], []];
  for (const part of parts) {
    const pushed = await stream.push(part);
    scores.push(...pushed.scores);
    events.push(...pushed.events);
  }
  const last = stream.detector.flush();
  const ended = [...events, ...(last ? [last] : [])].filter((event) => event.end_s !== null);
  const score = scores.reduce((highest, next) => Math.max(highest, next), -Infinity); // NaN stays NaN
  return { label: ended.length ? model.manifest.events[0].label : "none", score, events: ended };
}

async function main(path) {
  ort.env.wasm.numThreads = 1;
  const model = await Model.open(ort, new Uint8Array(await readFile(path)));
  if (!model.selftest.length) throw new Error("expected a self-test in the bundle, got none. Export the bundle again.");
  for (const [number, { input, label, score }] of model.selftest.entries()) {
    for (const [way, parts] of Object.entries({ whole: [input], "sample by sample": input.map((row) => [row]) })) {
      const got = await answer(model, parts);
      const equal = got.label === label && Math.abs(got.score - score) <= TOLERANCE;
      console.log(JSON.stringify({ case: number, way, ...got, expected: { label, score }, equal }));
      if (!equal) process.exitCode = 1;
    }
  }
}

if (process.argv.length !== 3) {
  console.error("usage: node selftest.mjs model.onnx");
  process.exit(2);
}
await main(process.argv[2]).catch((error) => {
  console.error(`${process.argv[2]}: ${error.message}`);
  process.exitCode = 2;
});
