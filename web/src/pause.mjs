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

const kEagerMs = 3;    // Runs that are over this soon are asked after all the time.
const kPatientMs = 1;  // Later, asking more often only takes processor time from a software rasterizer.

/** Comes back when it is worth asking again about something that began `elapsedMs` ago. */
export function pauseForGpu(elapsedMs) {
  return elapsedMs < kEagerMs ? yieldToPage() : pause(kPatientMs);
}
