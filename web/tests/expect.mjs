// Checks of the tests that run inside the browser.

export function expect(condition, message) {
  if (!condition) throw new Error(message);
}

export function expectEqual(actual, expected, what) {
  const [a, e] = [actual, expected].map((v) => JSON.stringify(ArrayBuffer.isView(v) ? [...v] : v));
  expect(a === e, `${what} is ${a}, expected ${e}`);
}

export async function expectError(run, ...parts) {
  let message = null;
  try {
    await run();
  } catch (error) {
    message = error.message;
  }
  expect(message !== null, `expected an error with '${parts.join('\', \'')}', got none`);
  for (const part of parts) expect(message.includes(part), `the error '${message}' does not say '${part}'`);
  expect(/\.$/.test(message.trim()), `the error '${message}' is no full sentence`);
}
