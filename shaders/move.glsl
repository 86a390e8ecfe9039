// Copies elements to other places. Without ELEMENTS whole texels move (channels keep their lane), with it every channel
// on its own. One program serves slices, pads, transposes, tiles, reshapes and whatever else is affine in each dimension:
//   param(OP_PARAMS)             dimensions, fill, start of the source index (high, low)
//   param(OP_PARAMS + 1)         first input block and input channels (whole texels only)
//   param(OP_PARAMS + 2 + 2 * d) size, step, begin, limit of dimension d, innermost first
//   param(OP_PARAMS + 3 + 2 * d) stride (high, low), mirror (-1 none, 0 reflect, 0.5 symmetric)
// With JOIN two inputs are joined along an axis:
//   param(OP_PARAMS)             length of a, of b, of both; what to take off the index for b
//   param(OP_PARAMS + 1)         first block of b, what to take off the block for b
// With GATHER (and ELEMENTS) the second input holds indices into an axis of the first:
//   param(OP_PARAMS)             elements behind the axis, indices a batch, elements before the axis, size of the axis
// With GATHER_ND (and ELEMENTS) the last dimension of the second input holds a coordinate for each of the first's dimensions:
//   param(OP_PARAMS)             elements behind an index, coordinates of an index
//   param(OP_PARAMS + 1 + d)     size of dimension d, and its stride (high, low)
// With ONE_HOT (and ELEMENTS) the input holds indices into a new axis:
//   param(OP_PARAMS)             elements behind the axis, its size, value at the index, value elsewhere
#ifdef ELEMENTS
#define INDEX ivec4
#define REAL vec4
#else
#define INDEX int
#define REAL float
#endif

// A float quotient, put right by at most one: vector units have no integer division.
INDEX divide(INDEX a, int b) {
  INDEX q = INDEX(REAL(a) / float(b));
  INDEX r = a - q * b;
  return q + (r >> 31) - ((b - 1 - r) >> 31);
}

// The texel (or four elements) at `source`, an index of pixels (or elements) of the tensor whose layout is at param(base).
vec4 fetchAt(highp sampler2DArray image, int base, INDEX source, float block) {
  vec4 size = param(base + 3);
  int width = int(size.y);
#ifdef ELEMENTS
  int channels = int(size.w);
  INDEX position = divide(source, channels);
  vec4 channel = vec4(source - position * channels);
  INDEX line = divide(position, width);
  vec4 row = vec4(line);
  vec4 x = vec4(position - line * width);
  vec4 blocks = floor(channel * 0.25);
  vec4 lane = channel - 4.0 * blocks;
  vec4 result;
  for (int k = 0; k < 4; ++k) {
    vec4 texel = fetchTexel(image, texelAddress(base, row[k], x[k], blocks[k]));
    result[k] = texel[int(lane[k])];
  }
  return result;
#else
  int line = divide(source, width);
  return fetchTexel(image, texelAddress(base, float(line), float(source - line * width), clamp(block, 0.0, size.z - 1.0)));
#endif
}

#ifdef GATHER

vec4 moved(INDEX rest, float block) {
  ivec4 plan = ivec4(param(OP_PARAMS));
  INDEX pick = divide(rest, plan.x);
  INDEX inner = rest - pick * plan.x;
  INDEX outer = divide(pick, plan.y);
  pick -= outer * plan.y;
  // What lies behind the output's last element is clamped, too: a texel must hold a number.
  INDEX index = INDEX(fetchAt(in1, IN_LAYOUT(1), divide(outer, plan.z) * plan.y + pick, 0.0) + 0.5);
  index = clamp(index, INDEX(0), INDEX(plan.w - 1));
  return fetchAt(in0, IN_LAYOUT(0), (outer * plan.w + index) * plan.x + inner, 0.0);
}

#elif defined(ONE_HOT)

vec4 moved(INDEX rest, float block) {
  vec4 own = param(OP_PARAMS);
  int inner = int(own.x), depth = int(own.y);
  INDEX outer = divide(rest, inner);
  INDEX pick = divide(outer, depth);
  vec4 hot = fetchAt(in0, IN_LAYOUT(0), pick * inner + rest - outer * inner, 0.0);
  vec4 away = abs(hot - vec4(outer - pick * depth));
  return mix(own.zzzz, own.wwww, step(0.5, away));
}

#elif defined(GATHER_ND)

vec4 moved(INDEX rest, float block) {
  ivec2 plan = ivec2(param(OP_PARAMS).xy);
  INDEX pick = divide(rest, plan.x);
  INDEX source = rest - pick * plan.x;
  for (int d = 0; d < plan.y; ++d) {
    vec4 dim = param(OP_PARAMS + 1 + d);
    INDEX index = INDEX(fetchAt(in1, IN_LAYOUT(1), pick * plan.y + d, 0.0) + 0.5);
    source += clamp(index, INDEX(0), INDEX(int(dim.x) - 1)) * (int(dim.y) * 4096 + int(dim.z));
  }
  return fetchAt(in0, IN_LAYOUT(0), source, 0.0);
}

#elif defined(JOIN)

vec4 moved(INDEX rest, float block) {
  vec4 lengths = param(OP_PARAMS);
  vec4 blocks = param(OP_PARAMS + 1);
  int total = int(lengths.z);
  int outer = divide(rest, total);
  int inner = rest - outer * total;
  vec4 a = fetchAt(in0, IN_LAYOUT(0), outer * int(lengths.x) + min(inner, int(lengths.x) - 1), block);
  vec4 b = fetchAt(in1, IN_LAYOUT(1), outer * int(lengths.y) + max(inner - int(lengths.w), 0), block - blocks.y);
  return float(inner) < lengths.x && block < blocks.x ? a : b;
}

#else

int wide(vec2 v) { return int(v.x) * 4096 + int(v.y); }

vec4 moved(INDEX rest, float block) {
  vec4 head = param(OP_PARAMS);
  vec4 channels = param(OP_PARAMS + 1);
  INDEX source = INDEX(wide(head.zw));
  REAL inside = REAL(1.0);
  int count = int(head.x);
  for (int d = 0; d < count; ++d) {
    vec4 a = param(OP_PARAMS + 2 + 2 * d);
    vec4 b = param(OP_PARAMS + 3 + 2 * d);
    int size = int(a.x);
    INDEX outer = divide(rest, size);
    REAL c = REAL(rest - outer * size) * a.y + a.z;
    if (b.z >= 0.0) {
      float end = a.w - 1.0 + b.z;
      c = abs(c + b.z) - b.z;
      c = end - abs(end - c);
    }
    inside *= step(-0.5, c) * step(c, REAL(a.w - 0.5));
    source += INDEX(c) * wide(b.xy);
    rest = outer;
  }
  float first = block + channels.x;
  vec4 texel = fetchAt(in0, IN_LAYOUT(0), max(source, INDEX(0)), first);
  vec4 keep = vec4(inside);
#ifndef ELEMENTS
  vec4 channel = 4.0 * first + vec4(0.0, 1.0, 2.0, 3.0);
  keep *= step(-0.5, channel) * step(channel, vec4(channels.y - 0.5));
#endif
  return mix(vec4(head.y), texel, greaterThan(keep, vec4(0.5)));
}

#endif

void main() {
  Position at = outputPosition();
  vec4 size = param(OUT_LAYOUT + 3);
  vec4 results[OUTPUTS];
  EACH_RESULT(j) {
    float block = at.block + float(j) * STEP_BLOCK;
    int position = int(at.row) * int(size.y) + int(at.x + float(j) * STEP_X);
#ifdef ELEMENTS
    vec4 value = moved(position * int(size.w) + 4 * int(block) + ivec4(0, 1, 2, 3), block);
#else
    vec4 value = moved(position, block);
#endif
    APPEND(results, j, value)
  }
  WRITE(results)
}
