// Convolution with any kernel, stride, dilation and padding; with TRANSPOSED its gradient by the image, in gather form.
// Parameters: 0 = kernel height, kernel width, output height, input height; 1 = stride y, x, pad top, left;
// 2 = dilation y, x, 1/weight width, 1/weight height; 3 = low, high.
void main() {
  Position at = linePosition();
  vec4 size = param(OP_PARAMS), slide = param(OP_PARAMS + 1), grain = param(OP_PARAMS + 2);
  float image = divFloor(at.row, size.z);
  float row = at.row - image * size.z;
  float width = param(IN_LAYOUT(0) + 3).y, blocks = param(IN_LAYOUT(0) + 3).z;
  float top = at.block * size.x * size.y;

  vec4 bias = fetchTexel(weights, vec2(0.5, top + 0.5) * grain.zw);
  vec4 acc[OUTPUTS];
  for (int j = 0; j < OUTPUTS; ++j) acc[j] = bias;
  for (float ky = 0.0; ky < size.x; ky += 1.0) {
#ifdef TRANSPOSED
    float reach = row + slide.z - ky * grain.x;
    float y = floor((reach + 0.5) / slide.x);
    if (y * slide.x != reach || y < 0.0 || y >= size.w) continue;
#else
    float y = row * slide.x - slide.z + ky * grain.x;
    if (y < 0.0 || y >= size.w) continue;
#endif
    vec3 base = texelAddress(IN_LAYOUT(0), image * size.w + y, 0.0, 0.0);
    for (float kx = 0.0; kx < size.y; kx += 1.0) {
      vec3 pixel[OUTPUTS];
      bool inside[OUTPUTS];
      for (int j = 0; j < OUTPUTS; ++j) {
#ifdef TRANSPOSED
        float span = at.x + float(j) + slide.w - kx * grain.y;
        float x = floor((span + 0.5) / slide.y);
        inside[j] = x * slide.y == span && x >= 0.0 && x < width;
#else
        float x = (at.x + float(j)) * slide.y - slide.w + kx * grain.y;
        inside[j] = x >= 0.0 && x < width;
#endif
        pixel[j] = base + texelOffset(IN_LAYOUT(0), x, 0.0);
      }
      float line = (top + ky * size.y + kx + 0.5) * grain.w;
      for (float k = 0.0; k < blocks; k += 1.0) {
        vec3 deep = texelOffset(IN_LAYOUT(0), 0.0, k);
        vec4 v[OUTPUTS];
        for (int j = 0; j < OUTPUTS; ++j) {
          vec4 texel = fetchTexel(in0, pixel[j] + deep);
          v[j] = inside[j] ? texel : vec4(0.0);
        }
        float column = (4.0 * k + 2.5) * grain.z;
        vec4 w0 = fetchTexel(weights, vec2(column, line));
        vec4 w1 = fetchTexel(weights, vec2(column + grain.z, line));
        vec4 w2 = fetchTexel(weights, vec2(column + 2.0 * grain.z, line));
        vec4 w3 = fetchTexel(weights, vec2(column + 3.0 * grain.z, line));
        for (int j = 0; j < OUTPUTS; ++j) acc[j] += w0 * v[j].x + w1 * v[j].y + w2 * v[j].z + w3 * v[j].w;
      }
    }
  }
  vec4 alpha = fetchTexel(weights, vec2(1.5, top + 0.5) * grain.zw);
  for (int j = 0; j < OUTPUTS; ++j) acc[j] = activate(acc[j], alpha, param(OP_PARAMS + 3).xy);
  WRITE(acc)
}
