// node selftest.mjs model.onnx: does this device compute what was computed at export? One JSON line for each answer.
// Every recorded input goes through the model twice: as a whole recording, and sample by sample as a sensor gives it.
import { readFile } from "node:fs/promises";
import * as ort from "onnxruntime-web/wasm";
import { Model, Stream } from "./zoo.mjs";

const TOLERANCE = 1e-4; // other processors round otherwise

/** What the model says of one recording that comes in parts: label, score and events. */
async function answer(model, parts) {
  const stream = new Stream(model);
  const [scores, events] = [[], []];
  for (const part of parts) {
    const pushed = await stream.push(part);
    scores.push(...pushed.scores);
    events.push(...pushed.events);
  }
  const last = stream.detector.flush();
  const over = [...events, ...(last ? [last] : [])].filter((event) => event.end_s !== null);
  const score = scores.reduce((most, one) => Math.max(most, one), -Infinity); // NaN stays NaN
  return { label: over.length ? model.manifest.events[0].label : "none", score, events: over };
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
