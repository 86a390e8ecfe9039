// What a page notices while something loads: long tasks, frames that do not come, programs that are linked.

const kFrameMs = 1000 / 60;

/** Watches the main thread from now until stop(). → {longestTaskMs, longTasks, framesDropped, longestFrameGapMs} */
export function watchMainThread() {
  const tasks = [];
  const collect = (list) => tasks.push(...list.getEntries().map(({duration}) => duration));
  // Browsers report tasks from 50 ms on; Firefox has no such observer.
  const canSeeTasks = PerformanceObserver.supportedEntryTypes.includes('longtask');
  const observer = canSeeTasks ? new PerformanceObserver(collect) : null;
  observer?.observe({type: 'longtask'});
  const gaps = [];
  let last = performance.now();
  let isOver = false;
  const frame = () => {
    const now = performance.now();
    gaps.push(now - last);
    last = now;
    if (!isOver) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  return {
    async stop() {
      isOver = true;
      await new Promise((resolve) => setTimeout(resolve, 100));  // The observer hears of a task after its end.
      if (observer) collect({getEntries: () => observer.takeRecords()});
      observer?.disconnect();
      const dropped = gaps.reduce((sum, gap) => sum + Math.max(0, Math.round(gap / kFrameMs) - 1), 0);
      return {
        longestTaskMs: canSeeTasks ? Math.max(0, ...tasks) : null,
        longTasks: canSeeTasks ? tasks.length : null,
        framesDropped: dropped,
        longestFrameGapMs: Math.max(0, ...gaps),
      };
    },
  };
}

/** Counts the programs that any WebGL context of this page links. → a function that gives the count so far. */
export function countPrograms() {
  let count = 0;
  for (const {prototype} of [WebGL2RenderingContext, WebGLRenderingContext]) {
    const {linkProgram} = prototype;
    prototype.linkProgram = function(program) {
      ++count;
      return linkProgram.call(this, program);
    };
  }
  return () => count;
}

const kSteadyFrames = 30;
const kPatienceMs = 10000;

/**
 * Comes back when frames have come without gaps for half a second. A browser that has just been started is busy with itself
 * before, and asking its GPU process for a context waits for that: up to 300 ms, in every engine.
 */
export async function browserIsUp() {
  const end = performance.now() + kPatienceMs;
  let steady = 0;
  for (let last = performance.now(); steady < kSteadyFrames && last < end;) {
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    steady = now - last < 1.5 * kFrameMs ? steady + 1 : 0;
    last = now;
  }
}
