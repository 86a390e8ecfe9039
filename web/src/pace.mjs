// When a run will be over, learned from the runs before it, so that its end can be awaited without asking all the time.
//
// Asking a browser whether the GPU is done is slow to answer: Chromium looks at fences every 2 ms and lets a page see the answer
// a turn later, and every question takes processor time from a software rasterizer. Reading the outputs waits exactly, but
// holds up the page. So a run is slept through until shortly before its end, and read then.

const kAtOnceMs = 8;     // A run this short is read at once: it takes no more of the page than the share of a frame.
const kTrustedMs = 80;   // A first run that is expected to take up to this is read about a frame before its end, after half
const kFrameMs = 15;     // of it at least: the page then stands still for a frame, and does not ask in vain before.
const kStepMs = 4;       // How much earlier the next run is read when this one was over before it was looked at,
const kAheadMs = 3;      // and how long before its usual end otherwise.

/** What the runs at one set of shapes take. */
export class Pace {
  #dueMs;

  /** @param {number} expectedMs What a run takes, as far as that is known. */
  constructor(expectedMs) {
    this.#dueMs = expectedMs <= kAtOnceMs ? 0 : expectedMs <= kTrustedMs ? Math.max(expectedMs / 2, expectedMs - kFrameMs) : Infinity;
  }

  /** Milliseconds after a run's beginning from when on reading its outputs holds up the page only shortly; Infinity: unknown. */
  get dueMs() {
    return this.#dueMs <= kAtOnceMs ? 0 : this.#dueMs;
  }

  /** A run took `ms` until its outputs were there; `waited`: they were read before the device had them. */
  learn(ms, waited) {
    const last = Math.min(this.#dueMs, ms);
    // One long run among short ones, which something else of the machine held up, does not make the next one sleep.
    const most = last <= kAtOnceMs ? last + kStepMs / 2 : Infinity;
    this.#dueMs = waited ? Math.min(ms - kAheadMs, most) : Math.max(0, last - Math.min(kStepMs, last / 4));
  }
}

const kKept = 64;  // Sets of shapes that are remembered.

/** The pace at every set of shapes and outputs that a model runs with. */
export class Paces {
  #paces = new Map();
  #expectedMs = Infinity;

  /** The engine expects runs to take `ms`; negative: it does not know. */
  expect(ms) {
    if (ms >= 0) this.#expectedMs = ms;
  }

  /** @param {Object<string, {shape: number[]}>} inputs */
  of(inputs, outputNames) {
    const key = JSON.stringify([Object.values(inputs).map(({shape}) => shape), outputNames]);
    let pace = this.#paces.get(key);
    if (!pace) {
      if (this.#paces.size >= kKept) this.#paces.clear();
      this.#paces.set(key, (pace = new Pace(this.#expectedMs)));
    }
    return pace;
  }
}
