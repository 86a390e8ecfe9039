// Depthwise convolution with a kernel KW wide and KH high (0: any), stride SX and dilation 1 along x: the columns of a line
// that P pixels need are fetched once for all taps. Lines outside count as zeros: leaving them out costs more than it saves,
// as it makes all lanes of the device keep both states. Parameters: see conv.glsl.
#define COLUMNS ((OUTPUTS - 1) * SX + KW)
// One line of the window. The three of a 3x3 kernel are written out: without a loop the sums stay in registers.
#define LINE(ky) { \
  float y = y0 + (ky) * grain.x; \
  bool lineInside = y >= 0.0 && y < size.w; \
  vec3 base = lineAddress(IN_LAYOUT(0), image * size.w + clamp(y, 0.0, size.w - 1.0), at.block); \
  vec4 v[COLUMNS]; \
  for (int i = 0; i < COLUMNS; ++i) { \
    vec4 texel = fetchTexel(in0, base + column[i]); \
    v[i] = lineInside && inside[i] ? texel : vec4(0.0); \
  } \
  for (int kx = 0; kx < KW; ++kx) { \
    vec4 w = fetchTexel(weights, vec2(channel, ((ky) * float(KW) + float(kx) + 2.5) * grain.w)); \
    for (int j = 0; j < OUTPUTS; ++j) acc[j] += w * v[j * SX + kx]; \
  } \
}
void main() {
  Position at = linePosition();
  vec4 size = param(OP_PARAMS), slide = param(OP_PARAMS + 1), grain = param(OP_PARAMS + 2);
  float image = divFloor(at.row, size.z);
  float y0 = (at.row - image * size.z) * slide.x - slide.z;
  float width = param(IN_LAYOUT(0) + 3).y;
  float channel = (at.block + 0.5) * grain.z;

  vec3 column[COLUMNS];
  bool inside[COLUMNS];
  for (int i = 0; i < COLUMNS; ++i) {
    float x = at.x * float(SX) + float(i) - slide.w;
    column[i] = columnOffset(IN_LAYOUT(0), x);
    inside[i] = x >= 0.0 && x < width;
  }
  vec4 bias = fetchTexel(weights, vec2(channel, 0.5 * grain.w));
  vec4 acc[OUTPUTS];
  for (int j = 0; j < OUTPUTS; ++j) acc[j] = bias;
#if KH == 3
  LINE(0.0)
  LINE(1.0)
  LINE(2.0)
#else
  for (float ky = 0.0; ky < size.x; ky += 1.0) LINE(ky)
#endif
  vec4 alpha = fetchTexel(weights, vec2(channel, 1.5 * grain.w));
  for (int j = 0; j < OUTPUTS; ++j) acc[j] = activate(acc[j], alpha, param(OP_PARAMS + 3).xy);
  WRITE(acc)
}
