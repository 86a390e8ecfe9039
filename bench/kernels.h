// The GLSL of the layout benchmark: each kernel in two arrangements that differ only in how pixels map to layers.
#pragma once

namespace texflow::bench {

// Pixel (y, x) has the striped index s = y * pitch + x, layer s mod P and group g = s div P; column = g mod textureWidth,
// line = (g div textureWidth) * blocks + block. Striped lines: pitch is W padded to a multiple of P. Flat: pitch is W.
//   p[0] W, H, pitch, blocks of the output        p[1] W, pitch, texture width, blocks of the input
//   p[2] 1/size of the input, 1/size of weights   p[3] texture width of the output, start of input 1
inline constexpr char kCommon[] = R"(
uniform highp sampler2DArray in0;
uniform highp sampler2DArray in1;
uniform highp sampler2D weights;
layout(std140) uniform Params { vec4 p[4]; };
float divFloor(float a, float b) { return floor((a + 0.5) / b); }
// s of layer 0, channel block.
vec2 outputStart() {
  vec2 texel = floor(gl_FragCoord.xy);
  float band = divFloor(texel.y, p[0].w);
  return vec2((band * p[3].x + texel.x) * float(P), texel.y - band * p[0].w);
}
vec3 address(float s, float block) {
  float t = floor(s * (1.0 / float(P)));
  float band = divFloor(t, p[1].z);
  return vec3((t - band * p[1].z + 0.5) * p[2].x, (band * p[1].w + block + 0.5) * p[2].y, s - t * float(P));
}
#define FETCH(image, at) textureLod(image, at, 0.0)
)";

// The same in both arrangements: input and output are striped alike.
inline constexpr char kConv1x1[] = R"(
void main() {
  vec2 start = outputStart();
  vec3 at = address(start.x, 0.0);
  float line = (start.y + 0.5) * p[2].w;
  vec4 acc[P];
  for (int j = 0; j < P; ++j) acc[j] = vec4(0.0);
  for (float k = 0.0; k < p[1].w; k += 1.0) {
    vec4 v[P];
    for (int j = 0; j < P; ++j) v[j] = FETCH(in0, vec3(at.x, at.y + k * p[2].y, float(j)));
    float column = (4.0 * k + 0.5) * p[2].z;
    vec4 w0 = textureLod(weights, vec2(column, line), 0.0);
    vec4 w1 = textureLod(weights, vec2(column + p[2].z, line), 0.0);
    vec4 w2 = textureLod(weights, vec2(column + 2.0 * p[2].z, line), 0.0);
    vec4 w3 = textureLod(weights, vec2(column + 3.0 * p[2].z, line), 0.0);
    for (int j = 0; j < P; ++j) acc[j] += w0 * v[j].x + w1 * v[j].y + w2 * v[j].z + w3 * v[j].w;
  }
  WRITE(acc)
}
)";

// The P + 2 columns that serve three taps of P pixels. Striped lines: a line is inside or not for the whole fragment, and
// only columns need masks. Flat: neighbours of p are p + dy * W + dx, but every pixel has its own line and its own masks.
inline constexpr char kWindow[] = R"(
#define COLUMNS (P + 2)
#ifdef FLAT
#define BEGIN \
  vec2 start = outputStart(); \
  float y[P]; bool left[P], right[P]; \
  for (int j = 0; j < P; ++j) { \
    float s = start.x + float(j); \
    y[j] = divFloor(s, p[0].x); \
    float x = s - y[j] * p[0].x; \
    left[j] = x > 0.0; \
    right[j] = x < p[0].x - 1.0; \
  }
#define LINE(dy) \
  bool row[P]; vec3 column[COLUMNS]; \
  for (int j = 0; j < P; ++j) row[j] = y[j] + dy >= 0.0 && y[j] + dy < p[0].y; \
  for (int i = 0; i < COLUMNS; ++i) column[i] = address(start.x + dy * p[0].x + float(i) - 1.0, 0.0);
#define COLUMN(i) FETCH(in0, vec3(column[i].x, column[i].y + below, column[i].z))
#define TAP(j, dx) (row[j] && (dx != 0 || left[j]) && (dx != 2 || right[j]) ? v[j + dx] : vec4(0.0))
#else
#define BEGIN \
  vec2 start = outputStart(); \
  float y = divFloor(start.x, p[0].z); \
  float x = start.x - y * p[0].z; \
  bool inside[COLUMNS]; \
  for (int i = 0; i < COLUMNS; ++i) inside[i] = x + float(i) >= 1.0 && x + float(i) <= p[0].x;
#define LINE(dy) \
  if (y + dy < 0.0 || y + dy >= p[0].y) continue; \
  vec3 column[COLUMNS]; \
  for (int i = 0; i < COLUMNS; ++i) column[i] = address(start.x + dy * p[0].z + float(i) - 1.0, 0.0);
#define COLUMN(i) (inside[i] ? FETCH(in0, vec3(column[i].x, column[i].y + below, column[i].z)) : vec4(0.0))
#define TAP(j, dx) v[j + dx]
#endif
)";

inline constexpr char kConv3x3[] = R"(
#define TAPS(dx) { \
  vec2 tap = vec2(weight, line + float(dx) * p[2].w); \
  vec4 w0 = textureLod(weights, tap, 0.0); \
  vec4 w1 = textureLod(weights, tap + vec2(p[2].z, 0.0), 0.0); \
  vec4 w2 = textureLod(weights, tap + vec2(2.0 * p[2].z, 0.0), 0.0); \
  vec4 w3 = textureLod(weights, tap + vec2(3.0 * p[2].z, 0.0), 0.0); \
  for (int j = 0; j < P; ++j) { \
    vec4 a = TAP(j, dx); \
    acc[j] += w0 * a.x + w1 * a.y + w2 * a.z + w3 * a.w; \
  } \
}
void main() {
  BEGIN
  vec4 acc[P];
  for (int j = 0; j < P; ++j) acc[j] = vec4(0.0);
  for (float dy = -1.0; dy <= 1.0; dy += 1.0) {
    LINE(dy)
    float line = (start.y * 9.0 + (dy + 1.0) * 3.0 + 0.5) * p[2].w;
    for (float k = 0.0; k < p[1].w; k += 1.0) {
      float below = k * p[2].y;
      vec4 v[COLUMNS];
      for (int i = 0; i < COLUMNS; ++i) v[i] = COLUMN(i);
      float weight = (4.0 * k + 0.5) * p[2].z;
      TAPS(0)
      TAPS(1)
      TAPS(2)
    }
  }
  WRITE(acc)
}
)";

inline constexpr char kDepthwise[] = R"(
void main() {
  BEGIN
  float below = start.y * p[2].y;
  vec4 acc[P];
  for (int j = 0; j < P; ++j) acc[j] = vec4(0.0);
  for (float dy = -1.0; dy <= 1.0; dy += 1.0) {
    LINE(dy)
    vec4 v[COLUMNS];
    for (int i = 0; i < COLUMNS; ++i) v[i] = COLUMN(i);
    for (int dx = 0; dx < 3; ++dx) {
      vec4 w = textureLod(weights, vec2((start.y + 0.5) * p[2].z, ((dy + 1.0) * 3.0 + float(dx) + 0.5) * p[2].w), 0.0);
      for (int j = 0; j < P; ++j) acc[j] += w * TAP(j, dx);
    }
  }
  WRITE(acc)
}
)";

inline constexpr char kAdd[] = R"(
void main() {
  vec2 start = outputStart();
  vec3 at = address(start.x, start.y);
  vec4 acc[P];
  for (int j = 0; j < P; ++j) acc[j] = FETCH(in0, vec3(at.xy, float(j))) + FETCH(in1, vec3(at.xy, float(j)));
  WRITE(acc)
}
)";

// The same pixels in lines of another width: what a reshape costs when the texels do not stay where they are.
inline constexpr char kReshape[] = R"(
void main() {
  vec2 start = outputStart();
  float y = divFloor(start.x, p[0].z);
  vec4 acc[P];
  for (int j = 0; j < P; ++j) {
    float flatIndex = y * p[0].x + start.x - y * p[0].z + float(j);
    float line = divFloor(flatIndex, p[1].x);
    acc[j] = FETCH(in0, address(line * p[1].y + flatIndex - line * p[1].x, start.y));
  }
  WRITE(acc)
}
)";

// Two tensors side by side along x.
inline constexpr char kConcat[] = R"(
void main() {
  vec2 start = outputStart();
  vec4 acc[P];
  for (int j = 0; j < P; ++j) {
    float s = start.x + float(j);
    float y = divFloor(s, p[0].z);
    float x = s - y * p[0].z;
    bool first = x < p[3].y;
    vec3 at = address(y * p[1].y + x - (first ? 0.0 : p[3].y), start.y);
    vec4 a = FETCH(in0, at);
    vec4 b = FETCH(in1, at);
    acc[j] = first ? a : b;
  }
  WRITE(acc)
}
)";

// Arithmetic without fetches: 8 vec4 accumulators, p[0].x rounds of 8 * 4 multiply-adds.
inline constexpr char kPeak[] = R"(
void main() {
  vec4 start = gl_FragCoord.xyxy * p[2];
  vec4 a0 = start + 0.0, a1 = start + 1.0, a2 = start + 2.0, a3 = start + 3.0, a4 = start + 4.0, a5 = start + 5.0, a6 = start + 6.0, a7 = start + 7.0;
  vec4 m = p[1], c = p[2];
  for (float k = 0.0; k < p[0].x; k += 1.0) {
    a0 = a0 * m + c;
    a1 = a1 * m + c;
    a2 = a2 * m + c;
    a3 = a3 * m + c;
    a4 = a4 * m + c;
    a5 = a5 * m + c;
    a6 = a6 * m + c;
    a7 = a7 * m + c;
  }
  vec4 acc[P];
  acc[0] = a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7;
  WRITE(acc)
}
)";

// p[0].x rounds of four fetches each.
inline constexpr char kFetchRate[] = R"(
void main() {
  vec2 at = gl_FragCoord.xy * p[2].xy;
  vec4 acc[P];
  acc[0] = vec4(0.0);
  for (float k = 0.0; k < p[0].x; k += 1.0) {
    float row = at.y + k * p[2].y;
    acc[0] += FETCH(in0, vec3(at.x, row, 0.0)) + FETCH(in0, vec3(at.x + p[2].x, row, 0.0)) +
              FETCH(in0, vec3(at.x + 2.0 * p[2].x, row, 0.0)) + FETCH(in0, vec3(at.x + 3.0 * p[2].x, row, 0.0));
  }
  WRITE(acc)
}
)";

}  // namespace texflow::bench
