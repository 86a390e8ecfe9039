// Depthwise convolution with a kernel KW wide, stride and dilation 1 along x: P + KW - 1 columns a line serve all taps.
// Parameters: see conv.glsl.
#define LOAD(i) v[i] = loadColumn(base, at, slide.w, width, ok, float(i));
#define START(j) acc[j] = bias;
#define TAP0(j) acc[j] += w[0] * v[j] + w[1] * v[j + 1] + w[2] * v[j + 2];
#define TAP1(j) acc[j] += w[3] * v[j + 3] + w[4] * v[j + 4];
#define FINISH(j) acc[j] = finish(acc[j], alpha, p[OP_PARAMS + 3].xy, float(j));

vec4 loadColumn(vec3 base, Position at, float padding, float width, bool lineInside, float i) {
  float x = at.x + i - padding;
  vec4 texel = fetchTexel(in0, base + texelOffset(IN_LAYOUT(0), x, 0.0));
  return lineInside && x >= 0.0 && x < width ? texel : vec4(0.0);
}

void main() {
  Position at = outputPosition();
  vec4 size = p[OP_PARAMS], slide = p[OP_PARAMS + 1], grain = p[OP_PARAMS + 2];
  float image = divFloor(at.row, size.z);
  float y0 = (at.row - image * size.z) * slide.x - slide.z;
  float width = p[IN_LAYOUT(0) + 3].y;
  float channel = (at.block + 0.5) * grain.z;

  vec4 bias = textureLod(weights, vec2(channel, 0.5 * grain.w), 0.0);
  vec4 acc[P];
  UNROLL(START)
  for (float ky = 0.0; ky < size.x; ky += 1.0) {
    float y = y0 + ky * grain.x;
    bool ok = y >= 0.0 && y < size.w;
    vec3 base = texelAddress(IN_LAYOUT(0), image * size.w + clamp(y, 0.0, size.w - 1.0), 0.0, at.block);
    vec4 v[P + KW - 1], w[KW];
    UNROLL(LOAD)
    LOAD(P) LOAD(P + 1)
#if KW == 5
    LOAD(P + 2) LOAD(P + 3)
#endif
    float line = (ky * float(KW) + 2.5) * grain.w;
    w[0] = textureLod(weights, vec2(channel, line), 0.0);
    w[1] = textureLod(weights, vec2(channel, line + grain.w), 0.0);
    w[2] = textureLod(weights, vec2(channel, line + 2.0 * grain.w), 0.0);
    UNROLL(TAP0)
#if KW == 5
    w[3] = textureLod(weights, vec2(channel, line + 3.0 * grain.w), 0.0);
    w[4] = textureLod(weights, vec2(channel, line + 4.0 * grain.w), 0.0);
    UNROLL(TAP1)
#endif
  }
  vec4 alpha = textureLod(weights, vec2(channel, 1.5 * grain.w), 0.0);
  UNROLL(FINISH)
  WRITE(acc)
}
