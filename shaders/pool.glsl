// Maximum or mean of the real pixels under a window. Channels behind the input's are zeros. With ACT also depthwise
// convolutions without dilation (engine/plan/share_windows.cpp); the weights of pools are ones then.
// Parameters: see conv.glsl; 3 = low, high, 0 for a sum, 1 for the mean, 2 for the maximum; channels that are not zeros.
void main() {
  Position at = outputPosition();
  vec4 size = param(OP_PARAMS), slide = param(OP_PARAMS + 1), own = param(OP_PARAMS + 3);
  bool isMaximum = own.z > 1.5;
  float image = divFloor(at.row, size.z);
  float y0 = (at.row - image * size.z) * slide.x - slide.z;
  float firstY = max(0.0, -y0), lastY = min(size.x, size.w - y0);
  float width = param(IN_LAYOUT(0) + 3).y, lastBlock = param(IN_LAYOUT(0) + 3).z - 1.0;

  vec4 nothing = isMaximum ? vec4(uintBitsToFloat(0xff800000u)) : vec4(0.0);  // minus infinity
#ifdef ACT
  vec2 texelStep = param(OP_PARAMS + 2).zw;
  float channel = (at.block + 0.5) * texelStep.x;
  vec4 start = isMaximum ? nothing : fetchTexel(weights, vec2(channel, 0.5 * texelStep.y));
#else
  vec4 start = nothing;
#endif
  vec4 acc[OUTPUTS];
  for (int j = 0; j < OUTPUTS; ++j) acc[j] = start;
  for (float ky = firstY; ky < lastY; ky += 1.0) {
    vec3 line = texelAddress(IN_LAYOUT(0), image * size.w + y0 + ky, 0.0, 0.0);
    for (float kx = 0.0; kx < size.y; kx += 1.0) {
#ifdef ACT
      vec4 w = fetchTexel(weights, vec2(channel, (ky * size.y + kx + 2.5) * texelStep.y));
#else
      const float w = 1.0;
#endif
      for (int j = 0; j < OUTPUTS; ++j) {
        float x = (at.x + float(j) * STEP_X) * slide.y - slide.w + kx;
        vec4 texel = fetchTexel(in0, line + texelOffset(IN_LAYOUT(0), x, min(at.block + float(j) * STEP_BLOCK, lastBlock)));
        texel = x >= 0.0 && x < width ? texel : nothing;
        acc[j] = isMaximum ? max(acc[j], texel) : acc[j] + w * texel;
      }
    }
  }
#ifdef ACT
  vec4 alpha = fetchTexel(weights, vec2(channel, 1.5 * texelStep.y));
#endif
  for (int j = 0; j < OUTPUTS; ++j) {
    float x0 = (at.x + float(j) * STEP_X) * slide.y - slide.w;
    float columns = min(size.y, width - x0) - max(0.0, -x0);
    float count = own.z == 1.0 ? max(0.0, columns) * max(0.0, lastY - firstY) : 1.0;
    // A window over nothing but padding has no mean.
    vec4 value = count > 0.0 ? acc[j] / count : vec4(uintBitsToFloat(0x7fc00000u));
    vec4 lane = 4.0 * (at.block + float(j) * STEP_BLOCK) + vec4(0.0, 1.0, 2.0, 3.0);
    acc[j] = mix(vec4(0.0), value, lessThan(lane, own.wwww));
#ifdef ACT
    acc[j] = activate(acc[j], alpha, own.xy);
#endif
  }
  WRITE(acc)
}
