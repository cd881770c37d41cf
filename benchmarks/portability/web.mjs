// Runs ONNX files in onnxruntime-web (wasm). One job per line on stdin, one answer per line on stdout:
// {"model": path, "inputs": {name: {type, dims, file}}, "folder": path} -> {"outputs": [{type, dims, file}]} or {"error": text}
// Tensors are passed as raw little-endian files. The first argument is the folder that contains node_modules.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

const ort = createRequire(join(process.argv[2], "package.json"))("onnxruntime-web/wasm");
ort.env.wasm.numThreads = 1;
ort.env.logLevel = "fatal";

const ARRAYS = {
  bool: Uint8Array,
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  int64: BigInt64Array,
  int8: Int8Array,
  uint8: Uint8Array,
};

function read({ type, dims, file }) {
  const bytes = readFileSync(file);
  const data = new ARRAYS[type](bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  return new ort.Tensor(type, data, dims);
}

function write(tensor, file) {
  const { buffer, byteOffset, byteLength } = tensor.data;
  writeFileSync(file, new Uint8Array(buffer, byteOffset, byteLength));
  return { type: tensor.type, dims: tensor.dims, file };
}

async function run({ model, inputs, folder }) {
  const session = await ort.InferenceSession.create(readFileSync(model), { executionProviders: ["wasm"] });
  try {
    const feeds = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, read(input)]));
    const results = await session.run(feeds);
    return { outputs: session.outputNames.map((name, index) => write(results[name], join(folder, `output-${index}`))) };
  } finally {
    await session.release();
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await run(JSON.parse(line)).catch((error) => ({ error: String(error?.message ?? error) }));
  console.log(JSON.stringify(answer));
}
