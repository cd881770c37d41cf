// Stands in for onnxruntime-web where npm cannot have it: the same calls, answered by onnxruntime in a Python process.
// ZOO_STAND_IN holds its command as JSON.
const { spawn } = require("node:child_process");
const { mkdtempSync, rmSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { createInterface } = require("node:readline");

const ARRAYS = { bool: Uint8Array, float32: Float32Array, float64: Float64Array, int32: Int32Array, int64: BigInt64Array };

class Tensor {
  constructor(type, data, dims) {
    Object.assign(this, { type, data, dims });
  }
}

class InferenceSession {
  static async create(bytes) {
    const session = new InferenceSession();
    session.folder = mkdtempSync(join(tmpdir(), "stand-in-"));
    const path = join(session.folder, "model.onnx");
    writeFileSync(path, bytes);
    const [program, ...options] = JSON.parse(process.env.ZOO_STAND_IN);
    session.process = spawn(program, [...options, path], { stdio: ["pipe", "pipe", "inherit"] });
    session.lines = createInterface({ input: session.process.stdout })[Symbol.asyncIterator]();
    session.outputNames = (await session.answer()).outputs;
    return session;
  }

  async run(feeds) {
    const sent = Object.entries(feeds).map(([name, { type, data, dims }]) => {
      return [name, { type, dims, bytes: Array.from(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)) }];
    });
    this.process.stdin.write(JSON.stringify(Object.fromEntries(sent)) + "\n");
    const results = Object.entries(await this.answer()).map(([name, { type, dims, bytes }]) => {
      return [name, new Tensor(type, new ARRAYS[type](Uint8Array.from(bytes).buffer), dims)];
    });
    return Object.fromEntries(results);
  }

  /** The process may end while nothing is waited for, and not before. */
  async answer() {
    const held = [this.process, this.process.stdin, this.process.stdout];
    held.forEach((one) => one.ref());
    const { value } = await this.lines.next();
    held.forEach((one) => one.unref());
    const answer = JSON.parse(value ?? '{"error": "the stand-in has ended"}');
    if (answer.error !== undefined) {
      await this.release();
      throw new Error(answer.error);
    }
    return answer;
  }

  async release() {
    this.process.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

exports.env = { wasm: {} };
exports.Tensor = Tensor;
exports.InferenceSession = InferenceSession;
