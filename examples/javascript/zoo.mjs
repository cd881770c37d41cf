// A streaming sensor model of the zoo on onnxruntime-web. It needs only `model.onnx`, which contains the manifest.
// The caller passes the file's bytes and the runtime, so that this module runs in a browser as well as in Node.

/** The texts in an ONNX file's metadata: field 14 of ModelProto, with key = 1 and value = 2 in each entry. */
export function metadata(bytes) {
  const decode = (part) => new TextDecoder().decode(part);
  const entries = fields(bytes).filter(([field]) => field === 14).map(([, entry]) => new Map(fields(entry)));
  return Object.fromEntries(entries.map((entry) => [decode(entry.get(1)), decode(entry.get(2))]));
}

/** Texts and messages in a protobuf message, as [field, bytes]: https://protobuf.dev/programming-guides/encoding */
function fields(bytes) {
  const entries = [];
  let at = 0;
  const varint = () => {
    for (let value = 0, scale = 1; at < bytes.length; scale *= 128) {
      const byte = bytes[at++];
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
    throw new Error("expected a complete ONNX file, got one that is cut short");
  };
  while (at < bytes.length) {
    const tag = varint();
    const kind = tag % 8; // 0: a number, 1: eight bytes, 2: a length and that many bytes, 5: four bytes
    if (![0, 1, 2, 5].includes(kind)) throw new Error("expected an ONNX file, got something else");
    const size = kind === 0 ? (varint(), 0) : kind === 2 ? varint() : kind === 1 ? 8 : 4;
    if (at + size > bytes.length) throw new Error("expected a complete ONNX file, got one that is cut short");
    if (kind === 2) entries.push([(tag - kind) / 8, bytes.subarray(at, at + size)]);
    at += size;
  }
  return entries;
}

/** Rounds to the nearest whole number, halves to even: 0.2 s at 12.5 Hz are 2 steps. Math.round would give 3. */
function rounded(value) {
  const below = Math.floor(value);
  return value - below === 0.5 ? below + (below % 2) : Math.round(value);
}

/** Turns scores into events. Each is returned twice: when it is raised, with `end_s` null, and when it is over. */
export class EventDetector {
  constructor(rule, rateHz) {
    Object.assign(this, { rule, rateHz, step: 0, above: 0, start: null, fell: null, lastStart: null, peak: 0 });
    this.need = Math.max(1, rounded(rule.min_duration_s * rateHz));
    this.bridge = rounded(rule.merge_s * rateHz);
  }

  /** Takes the score of the next time step; returns the event that it raises or ends, or null. */
  push(score) {
    const now = this.step++ / this.rateHz;
    if (this.start !== null) return this.#continue(score);
    this.above = score >= this.rule.threshold && now >= this.rule.warm_up_s ? this.above + 1 : 0;
    const rested = this.lastStart === null || now - this.lastStart >= this.rule.cooldown_s - 1e-6; // 2.8 - 0.8 < 2
    if (this.above < this.need || !rested) return null;
    Object.assign(this, { start: now, lastStart: now, peak: score, above: 0 });
    return { label: this.rule.label, start_s: now, end_s: null, score };
  }

  /** Ends the recording; returns the event in progress, or null. */
  flush() {
    return this.start === null ? null : this.#close();
  }

  #continue(score) {
    const step = this.step - 1;
    this.peak = Math.max(this.peak, score);
    if (score >= this.rule.threshold) this.fell = null;
    else if (score < this.rule.release && this.fell === null) this.fell = step;
    return this.fell !== null && step - this.fell >= this.bridge ? this.#close() : null;
  }

  #close() {
    const end_s = (this.fell ?? this.step) / this.rateHz;
    const event = { label: this.rule.label, start_s: this.start, end_s, score: this.peak };
    this.start = this.fell = null;
    return event;
  }
}

/** A stream of one sensor's live samples at the manifest's rate. Await each push before the next one. */
export class Stream {
  constructor(model) {
    this.model = model;
    this.reset();
  }

  /** Resets the stream. Call it after `streaming.reset_after_s` seconds without a sample. */
  reset() {
    const { events, input, streaming } = this.model.manifest;
    this.detector = new EventDetector(events[0], input.sample_rate_hz / streaming.piece);
    this.states = this.model.beginning();
    this.waiting = [];
  }

  /** Takes samples, [time][feature]. Returns their scores and the events that they raise or end. */
  async push(samples) {
    this.model.check(samples);
    this.waiting.push(...samples);
    const { piece } = this.model.manifest.streaming;
    const size = this.waiting.length - (this.waiting.length % piece);
    if (size === 0) return { scores: [], events: [] };
    const scores = await this.model.run(this.waiting.splice(0, size), this.states);
    return { scores, events: scores.map((score) => this.detector.push(score)).filter((event) => event !== null) };
  }
}

/** A loaded model without state: each stream has its own states, so one model serves several streams. */
export class Model {
  /** `ort` is the runtime's module, `bytes` a Uint8Array of the complete file. */
  static async open(ort, bytes) {
    const texts = metadata(bytes);
    const manifest = JSON.parse(texts["zoo.manifest"] ?? "{}");
    if (manifest.format_version !== 3) throw new Error("expected bundle format 3, got another one");
    const { events, input, streaming, task } = manifest;
    const even = input.kind === "recording" && input.fill !== "hold" && !input.gaps;
    const fits = task === "event-detection" && events.length === 1 && streaming && even;
    if (!fits) throw new Error("expected a streaming sensor model with an even rate, got another one");
    const session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
    return Object.assign(new Model(), { ort, manifest, session, selftest: JSON.parse(texts["zoo.selftest"] ?? "[]") });
  }

  /** The initial states of a stream or a recording. */
  beginning() {
    const filled = ({ sizes, initial }) => new Float32Array(sizes.reduce((a, b) => a * b, 1)).fill(initial);
    const tensor = (state) => new this.ort.Tensor("float32", filled(state), [1, ...state.sizes]);
    return Object.fromEntries(this.manifest.streaming.states.map((state) => [state.input, tensor(state)]));
  }

  /** Refuses values outside the sensor's limits. NaN would stay in the states permanently. */
  check(samples) {
    const { features } = this.manifest.input;
    const fits = (x, { low, high }) => Number.isFinite(x) && x >= (low ?? x) && x <= (high ?? x);
    for (const sample of samples) {
      if (sample.length === features.length && features.every((feature, i) => fits(sample[i], feature))) continue;
      const range = ({ name, low, high, unit }) => `${name} (${low ?? "any"} to ${high ?? "any"} ${unit})`;
      throw new Error(`expected ${features.map(range).join(", ")}, got ${Array.from(sample)}`);
    }
  }

  /** Returns the scores of the next samples and stores the states for the next run in `states`. */
  async run(samples, states) {
    const { input, output, streaming } = this.manifest;
    const values = Float32Array.from(samples.flatMap((sample) => Array.from(sample)));
    const x = new this.ort.Tensor("float32", values, [1, samples.length, input.features.length]);
    const results = await this.session.run({ [input.name]: x, ...states });
    for (const state of streaming.states) states[state.input] = results[state.output];
    return Array.from(results[output.name].data);
  }
}
