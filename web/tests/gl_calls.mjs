// Watches what the engine asks of WebGL.

const kCompletionStatus = 0x91B1;  // Of KHR_parallel_shader_compile.

/** What WebGL is asked during `action`: calls that made the thread wait for the GPU. */
export async function blockingCalls(action) {
  const gl = WebGL2RenderingContext.prototype;
  const {clientWaitSync, fenceSync, finish, getBufferSubData, getProgramParameter, readPixels} = gl;
  const compiled = new WeakSet();
  const blocking = [];
  let signaled = true;
  gl.fenceSync = function(...args) {
    signaled = false;
    return fenceSync.apply(this, args);
  };
  gl.clientWaitSync = function(sync, flags, timeout) {
    const state = clientWaitSync.call(this, sync, flags, timeout);
    if (Number(timeout) > 0) blocking.push('clientWaitSync with a timeout');
    signaled = state === this.ALREADY_SIGNALED || state === this.CONDITION_SATISFIED;
    return state;
  };
  gl.getBufferSubData = function(...args) {
    if (!signaled) blocking.push('getBufferSubData before its fence');
    return getBufferSubData.apply(this, args);
  };
  gl.readPixels = function(...args) {
    if (typeof args[6] !== 'number') blocking.push('readPixels to the host');
    return readPixels.apply(this, args);
  };
  gl.getProgramParameter = function(program, name) {
    const value = getProgramParameter.call(this, program, name);
    if (name === kCompletionStatus && value) compiled.add(program);
    // Where completion cannot be asked for, there is no way to know before.
    const canAsk = this.getSupportedExtensions().includes('KHR_parallel_shader_compile');
    if (name === this.LINK_STATUS && canAsk && !compiled.has(program)) blocking.push('LINK_STATUS before its completion');
    return value;
  };
  gl.finish = function() {
    blocking.push('finish');
    return finish.call(this);
  };
  try {
    await action();
  } finally {
    Object.assign(gl, {clientWaitSync, fenceSync, finish, getBufferSubData, getProgramParameter, readPixels});
  }
  return blocking;
}

/** Counts calls of WebGL during `action`: programs that are linked, and objects that it makes and does not delete. */
export async function countObjects(action) {
  const gl = WebGL2RenderingContext.prototype;
  const saved = {linkProgram: gl.linkProgram};
  const counts = {programs: 0, left: 0};
  gl.linkProgram = function(program) {
    ++counts.programs;
    return saved.linkProgram.call(this, program);
  };
  for (const kind of ['Texture', 'Framebuffer', 'Buffer', 'VertexArray']) {
    for (const [verb, change] of [['create', 1], ['delete', -1]]) {
      const name = verb + kind;
      saved[name] = gl[name];
      gl[name] = function(...args) {
        counts.left += change;
        return saved[name].apply(this, args);
      };
    }
  }
  try {
    await action();
  } finally {
    Object.assign(gl, saved);
  }
  return counts;
}
