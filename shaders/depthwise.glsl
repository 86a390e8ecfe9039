// Depthwise convolution with any kernel, stride, dilation and padding. Parameters: see conv.glsl.
// With POOLS also maxima and means, as pool.glsl computes them (engine/plan/share_windows.cpp): their weights are ones.
// Parameters then end in: 3 = low, high, 0 for a sum, 1 for a mean, 2 for a maximum, channels that are not zeros.
void main() {
  Position at = outputPosition();
  vec4 size = param(OP_PARAMS), slide = param(OP_PARAMS + 1), grain = param(OP_PARAMS + 2);
  float image = divFloor(at.row, size.z);
  float y0 = (at.row - image * size.z) * slide.x - slide.z;
  float width = param(IN_LAYOUT(0) + 3).y;
  float channel = (at.block + 0.5) * grain.z;

  vec4 start = textureLod(weights, vec2(channel, 0.5 * grain.w), 0.0), outside = vec4(0.0);
#ifdef POOLS
  float kind = param(OP_PARAMS + 3).z;
  bool isMaximum = kind > 1.5;
  if (isMaximum) start = outside = vec4(uintBitsToFloat(0xff800000u));  // minus infinity
  float lastBlock = param(IN_LAYOUT(0) + 3).z - 1.0;
  float lines = max(0.0, min(size.x, size.w - y0) - max(0.0, -y0));
#endif
  vec4 acc[OUTPUTS];
  for (int j = 0; j < OUTPUTS; ++j) acc[j] = start;
  for (float ky = 0.0; ky < size.x; ky += 1.0) {
    float y = y0 + ky * grain.x;
    if (y < 0.0 || y >= size.w) continue;
#ifdef POOLS
    vec3 base = texelAddress(IN_LAYOUT(0), image * size.w + y, 0.0, 0.0);
#else
    vec3 base = texelAddress(IN_LAYOUT(0), image * size.w + y, 0.0, at.block);
#endif
    for (float kx = 0.0; kx < size.y; kx += 1.0) {
      vec4 w = textureLod(weights, vec2(channel, (ky * size.y + kx + 2.5) * grain.w), 0.0);
      for (int j = 0; j < OUTPUTS; ++j) {
#ifdef POOLS
        float x = (at.x + float(j) * STEP_X) * slide.y - slide.w + kx * grain.y;
        vec3 offset = texelOffset(IN_LAYOUT(0), x, min(at.block + float(j) * STEP_BLOCK, lastBlock));
        vec4 texel = fetchTexel(in0, base + offset);
        texel = x >= 0.0 && x < width ? texel : outside;
        acc[j] = isMaximum ? max(acc[j], texel) : acc[j] + w * texel;
#else
        float x = (at.x + float(j)) * slide.y - slide.w + kx * grain.y;
        vec4 texel = fetchTexel(in0, base + texelOffset(IN_LAYOUT(0), x, 0.0));
        acc[j] += w * (x >= 0.0 && x < width ? texel : vec4(0.0));
#endif
      }
    }
  }
  vec4 alpha = textureLod(weights, vec2(channel, 1.5 * grain.w), 0.0);
  for (int j = 0; j < OUTPUTS; ++j) {
#ifdef POOLS
    float x0 = (at.x + float(j) * STEP_X) * slide.y - slide.w;
    float columns = min(size.y, width - x0) - max(0.0, -x0);
    vec4 lane = 4.0 * (at.block + float(j) * STEP_BLOCK) + vec4(0.0, 1.0, 2.0, 3.0);
    acc[j] = mix(vec4(0.0), acc[j] / (kind == 1.0 ? lines * columns : 1.0), lessThan(lane, param(OP_PARAMS + 3).wwww));
#endif
    acc[j] = finish(acc[j], alpha, param(OP_PARAMS + 3).xy, float(j));
  }
  WRITE(acc)
}
