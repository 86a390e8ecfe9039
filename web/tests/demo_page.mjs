// Opens the demo page in a frame and waits for its result.

const kPause = 100;

/** → a note for the report. Throws where the page shows an error, or no result over the picture. */
export async function runDemoPage({page, parameters}) {
  const frame = document.createElement('iframe');
  frame.style.cssText = 'width: 390px; height: 844px; border: 0';
  frame.src = `${page}?${new URLSearchParams(parameters)}`;
  document.body.append(frame);
  try {
    const find = (id) => frame.contentDocument.getElementById(id);
    const phases = new Set();
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, kPause));
      const state = frame.contentDocument?.body?.dataset.state;
      if (state === 'error') throw new Error(`The page says: ${find('error').textContent}`);
      if (state === 'loading') phases.add(find('phase').textContent);
      if (state === 'done') break;
    }
    if (phases.size === 0) throw new Error('The page showed no progress while it loaded.');
    const figures = Object.fromEntries(['firstMs', 'steadyMs', 'programs', 'draws'].map((id) => [id, find(id).textContent]));
    const empty = Object.keys(figures).find((id) => !/\d/.test(figures[id]));
    if (empty) throw new Error(`The overlay has no number in '${empty}'.`);
    if (frame.contentDocument.documentElement.scrollWidth > 390) throw new Error('The page is wider than a phone.');
    const view = find('view');
    const {data} = view.getContext('2d').getImageData(0, 0, view.width, view.height);
    const tinted = data.filter((_, i) => i % 4 === 2 && data[i] > data[i - 2] + 40).length;
    if (tinted < data.length / 40) throw new Error(`Only ${tinted} of ${data.length / 4} pixels are tinted.`);
    return `first ${figures.firstMs}, steady ${figures.steadyMs}`;
  } finally {
    frame.remove();
  }
}
