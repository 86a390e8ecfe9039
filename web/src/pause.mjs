// Giving the thread back to the page between two pieces of work.

/** Lets the browser paint and handle events; comes back as soon as it has. */
export function yieldToPage() {
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      resolve();
    };
    channel.port2.postMessage(null);
  });
}

/**
 * Comes back after `ms`. The message before the timer keeps browsers from stretching timers that start each other to 4 ms;
 * pages that are hidden get no timer for a second, and go on with messages alone.
 */
export async function pause(ms) {
  await yieldToPage();
  if (globalThis.document?.hidden) return;
  await new Promise((resolve) => setTimeout(resolve, ms));
}

const kPatientMs = 1;  // Asking a device more often takes processor time from a software rasterizer.
const kLongMs = 8;     // Where nothing is expected, less often; not never: a run that reads values on its way stands still then.

/** Comes back when it is worth asking again about something that is expected to be over in `leftMs`. */
export function pauseForGpu(leftMs) {
  return pause(Number.isFinite(leftMs) ? Math.min(leftMs, kLongMs) : kPatientMs);
}

const kSlowFrameMs = 100;  // A page that nobody sees gets no frames: a timer comes first there.

/** The next frame, where there is a page that draws some; soon in a worker, which holds up nobody. */
async function nextFrame() {
  if (!globalThis.document || document.hidden) return pause(0);
  await new Promise((resolve) => {
    const timer = setTimeout(resolve, kSlowFrameMs);
    requestAnimationFrame(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

const kFrameMs = 1000 / 60;  // After which another frame could have been drawn: what was used counts for those before.
const kAskAgainMs = 2;         // Asking a driver that still compiles more often only takes processor time from it.

/** Counts what background work takes of a frame. */
class FrameBudget {
  #usedMs = 0;
  #sinceMs = 0;  // When the first of that was spent.

  /** Calls `work(ms)` with what is left of `budgetMs` in this frame, at least a little, and counts what it took. */
  spend(budgetMs, work) {
    const begin = performance.now();
    if (begin - this.#sinceMs > kFrameMs) this.#usedMs = 0;
    if (this.#usedMs === 0) this.#sinceMs = begin;
    try {
      return work(Math.max(Math.min(1, budgetMs), budgetMs - this.#usedMs));
    } finally {
      this.#usedMs += performance.now() - begin;
    }
  }

  /** Calls `work(ms)`, a share of every frame, until it says that all is done, or `signal` is aborted. */
  async untilDone(budgetMs, work, signal) {
    while (!this.spend(budgetMs, work)) {
      await this.turn(budgetMs);
      signal?.throwIfAborted();
    }
  }

  isSpent(budgetMs) {
    return this.#usedMs >= budgetMs;
  }

  /** Comes back when there is something left of `budgetMs`: a little later in this frame, or in the next one. */
  async turn(budgetMs) {
    if (this.#usedMs < budgetMs) return pause(kAskAgainMs);
    await nextFrame();
    this.#usedMs = 0;
  }
}

/** All models of the page share the time that a frame has for them. */
export const frame = new FrameBudget();
