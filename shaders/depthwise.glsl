// Depthwise convolution with any kernel, stride, dilation and padding. Parameters: see conv.glsl.
void main() {
  Position at = linePosition();
  vec4 size = param(OP_PARAMS), slide = param(OP_PARAMS + 1), grain = param(OP_PARAMS + 2);
  float image = divFloor(at.row, size.z);
  float y0 = (at.row - image * size.z) * slide.x - slide.z;
  float width = param(IN_LAYOUT(0) + 3).y;
  float channel = (at.block + 0.5) * grain.z;

  vec4 bias = fetchTexel(weights, vec2(channel, 0.5 * grain.w));
  vec4 acc[OUTPUTS];
  for (int j = 0; j < OUTPUTS; ++j) acc[j] = bias;
  for (float ky = 0.0; ky < size.x; ky += 1.0) {
    float y = y0 + ky * grain.x;
    if (y < 0.0 || y >= size.w) continue;
    vec3 base = texelAddress(IN_LAYOUT(0), image * size.w + y, 0.0, at.block);
    for (float kx = 0.0; kx < size.y; kx += 1.0) {
      vec4 w = fetchTexel(weights, vec2(channel, (ky * size.y + kx + 2.5) * grain.w));
      for (int j = 0; j < OUTPUTS; ++j) {
        float x = (at.x + float(j)) * slide.y - slide.w + kx * grain.y;
        vec4 texel = fetchTexel(in0, base + texelOffset(IN_LAYOUT(0), x, 0.0));
        acc[j] += w * (x >= 0.0 && x < width ? texel : vec4(0.0));
      }
    }
  }
  vec4 alpha = fetchTexel(weights, vec2(channel, 1.5 * grain.w));
  for (int j = 0; j < OUTPUTS; ++j) acc[j] = activate(acc[j], alpha, param(OP_PARAMS + 3).xy);
  WRITE(acc)
}
