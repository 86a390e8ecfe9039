// Convolution with a kernel KW wide (3 or 5), stride SX and dilation 1 along x: the columns of a line that P pixels need are
// fetched once for all taps. Parameters: see conv.glsl.
#define COLUMNS ((OUTPUTS - 1) * SX + KW)
// Written out: with 8 stripes drivers leave a loop over the taps rolled and index v[] in memory.
#define TAP(kx) { \
  vec2 tap = vec2(weight, line + float(kx) * grain.w); \
  vec4 w0 = fetchTexel(weights, tap); \
  vec4 w1 = fetchTexel(weights, tap + vec2(grain.z, 0.0)); \
  vec4 w2 = fetchTexel(weights, tap + vec2(2.0 * grain.z, 0.0)); \
  vec4 w3 = fetchTexel(weights, tap + vec2(3.0 * grain.z, 0.0)); \
  for (int j = 0; j < OUTPUTS; ++j) \
    acc[j] += w0 * v[j * SX + kx].x + w1 * v[j * SX + kx].y + w2 * v[j * SX + kx].z + w3 * v[j * SX + kx].w; \
}
void main() {
  Position at = linePosition();
  vec4 size = param(OP_PARAMS), slide = param(OP_PARAMS + 1), grain = param(OP_PARAMS + 2);
  float image = divFloor(at.row, size.z);
  float y0 = (at.row - image * size.z) * slide.x - slide.z;
  float width = param(IN_LAYOUT(0) + 3).y, blocks = param(IN_LAYOUT(0) + 3).z, down = param(IN_LAYOUT(0) + 2).y;
  float top = at.block * size.x * float(KW);

  vec3 column[COLUMNS];
  bool inside[COLUMNS];
  for (int i = 0; i < COLUMNS; ++i) {
    float x = at.x * float(SX) + float(i) - slide.w;
    column[i] = columnOffset(IN_LAYOUT(0), x);
    inside[i] = x >= 0.0 && x < width;
  }
  vec4 bias = fetchTexel(weights, vec2(0.5, top + 0.5) * grain.zw);
  vec4 acc[OUTPUTS];
  for (int j = 0; j < OUTPUTS; ++j) acc[j] = bias;
  for (float ky = 0.0; ky < size.x; ky += 1.0) {
    float y = y0 + ky * grain.x;
    if (y < 0.0 || y >= size.w) continue;
    vec3 base = lineAddress(IN_LAYOUT(0), image * size.w + y, 0.0);
    float line = (top + ky * float(KW) + 0.5) * grain.w;
    for (float k = 0.0; k < blocks; k += 1.0) {
      vec3 address = vec3(base.x, base.y + k * down, base.z);
      vec4 v[COLUMNS];
      for (int i = 0; i < COLUMNS; ++i) {
        vec4 texel = fetchTexel(in0, address + column[i]);
        v[i] = inside[i] ? texel : vec4(0.0);
      }
      float weight = (4.0 * k + 2.5) * grain.z;
      TAP(0)
      TAP(1)
      TAP(2)
#if KW == 5
      TAP(3)
      TAP(4)
#endif
    }
  }
  vec4 alpha = fetchTexel(weights, vec2(1.5, top + 0.5) * grain.zw);
  for (int j = 0; j < OUTPUTS; ++j) acc[j] = activate(acc[j], alpha, param(OP_PARAMS + 3).xy);
  WRITE(acc)
}
