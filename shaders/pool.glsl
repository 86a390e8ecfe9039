// Maximum or mean of the real pixels under a window. Channels behind the input's are zeros.
// Parameters: 0 = window height, width, output height, input height; 1 = stride y, x, pad top, left;
// 2 = 1 for the mean, input channels.
void main() {
  Position at = outputPosition();
  vec4 size = param(OP_PARAMS), slide = param(OP_PARAMS + 1);
  bool isMean = param(OP_PARAMS + 2).x > 0.5;
  float channels = param(OP_PARAMS + 2).y;
  float image = divFloor(at.row, size.z);
  float y0 = (at.row - image * size.z) * slide.x - slide.z;
  float width = param(IN_LAYOUT(0) + 3).y, lastBlock = param(IN_LAYOUT(0) + 3).z - 1.0;
  float firstY = max(0.0, -y0), lastY = min(size.x, size.w - y0);

  vec4 nothing = isMean ? vec4(0.0) : vec4(uintBitsToFloat(0xff800000u));  // minus infinity
  vec4 acc[OUTPUTS];
  for (int j = 0; j < OUTPUTS; ++j) acc[j] = nothing;
  for (float ky = firstY; ky < lastY; ky += 1.0) {
    vec3 base = texelAddress(IN_LAYOUT(0), image * size.w + y0 + ky, 0.0, 0.0);
    for (float kx = 0.0; kx < size.y; kx += 1.0) {
      for (int j = 0; j < OUTPUTS; ++j) {
        float x = (at.x + float(j) * STEP_X) * slide.y - slide.w + kx;
        vec3 offset = texelOffset(IN_LAYOUT(0), x, min(at.block + float(j) * STEP_BLOCK, lastBlock));
        vec4 texel = fetchTexel(in0, base + offset);
        texel = x >= 0.0 && x < width ? texel : nothing;
        acc[j] = isMean ? acc[j] + texel : max(acc[j], texel);
      }
    }
  }
  for (int j = 0; j < OUTPUTS; ++j) {
    float x0 = (at.x + float(j) * STEP_X) * slide.y - slide.w;
    float columns = min(size.y, width - x0) - max(0.0, -x0);
    float count = isMean ? max(0.0, columns) * max(0.0, lastY - firstY) : 1.0;
    // A window over nothing but padding has no mean.
    vec4 value = count > 0.0 ? acc[j] / count : vec4(uintBitsToFloat(0x7fc00000u));
    vec4 channel = 4.0 * (at.block + float(j) * STEP_BLOCK) + vec4(0.0, 1.0, 2.0, 3.0);
    acc[j] = finished(mix(vec4(0.0), value, lessThan(channel, vec4(channels))), float(j));
  }
  WRITE(acc)
}
