// Maximum or mean of the real pixels under a window. Channels behind the input's are zeros. With ACT also depthwise
// convolutions of rare windows (engine/plan/share_windows.cpp); the weights of pools are ones then.
// Parameters: see conv.glsl; 3 = low, high, 0 for a sum, 1 for the mean, 2 for the maximum; channels that are not zeros.
void main() {
  Position at = outputPosition();
  vec4 size = param(OP_PARAMS), slide = param(OP_PARAMS + 1), grain = param(OP_PARAMS + 2), own = param(OP_PARAMS + 3);
  bool isMaximum = own.z > 1.5;
  float image = divFloor(at.row, size.z);
  float y0 = (at.row - image * size.z) * slide.x - slide.z;
  float width = param(IN_LAYOUT(0) + 3).y, lastBlock = param(IN_LAYOUT(0) + 3).z - 1.0;
  vec4 nothing = isMaximum ? vec4(uintBitsToFloat(0xff800000u)) : vec4(0.0);  // minus infinity
  vec4 results[OUTPUTS];
  for (float j = 0.0; j < float(OUTPUTS); j += 1.0) {
    float x0 = (at.x + j * STEP_X) * slide.y - slide.w, block = at.block + j * STEP_BLOCK;
    vec4 value = nothing;
#ifdef ACT
    float channel = (block + 0.5) * grain.z;
    if (!isMaximum) value = textureLod(weights, vec2(channel, 0.5 * grain.w), 0.0);
#endif
    for (float ky = 0.0; ky < size.x; ky += 1.0) {
      float y = y0 + ky * grain.x;
      if (y < 0.0 || y >= size.w) continue;
      vec3 line = texelAddress(IN_LAYOUT(0), image * size.w + y, 0.0, 0.0);
      for (float kx = 0.0; kx < size.y; kx += 1.0) {
        float x = x0 + kx * grain.y;
        vec4 texel = fetchTexel(in0, line + texelOffset(IN_LAYOUT(0), x, min(block, lastBlock)));
        texel = x >= 0.0 && x < width ? texel : nothing;
        vec4 largest = max(value, texel);
#ifdef ACT
        texel *= textureLod(weights, vec2(channel, (ky * size.y + kx + 2.5) * grain.w), 0.0);
#endif
        value = isMaximum ? largest : value + texel;
      }
    }
    // Of the real pixels; a window over nothing but padding has no mean.
    float lines = max(0.0, min(size.x, size.w - y0) - max(0.0, -y0)), columns = min(size.y, width - x0) - max(0.0, -x0);
    if (own.z == 1.0) value = columns * lines > 0.0 ? value / (columns * lines) : vec4(uintBitsToFloat(0x7fc00000u));
    value = mix(vec4(0.0), value, lessThan(4.0 * block + vec4(0.0, 1.0, 2.0, 3.0), own.wwww));
#ifdef ACT
    value = activate(value, textureLod(weights, vec2(channel, 1.5 * grain.w), 0.0), own.xy);
#endif
    APPEND(results, value)
  }
  WRITE(results)
}
