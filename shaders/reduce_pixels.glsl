// Reduces runs of consecutive pixels, channel by channel: output pixel n reads input pixels [n * count, (n + 1) * count).
// REDUCE: 0 sum, 1 maximum, 3 product, 4 index of the first maximum.
// Parameters: lines and pixels a line in a run, scale of the result, output width; pixels in a run. A minimum is the maximum
// at scale -1.
#if REDUCE == 1 || REDUCE == 4
#define VALUE(texel) ((texel) * param(OP_PARAMS).z)
#else
#define VALUE(texel) (texel)
#endif
#if REDUCE == 0
#define FOLD(a, b) ((a) + (b))
#elif REDUCE == 1
#define FOLD(a, b) keepNan(a, b, max(a, b))
#elif REDUCE == 3
#define FOLD(a, b) ((a) * (b))
#endif

// max drops a NaN on some drivers.
vec4 keepNan(vec4 a, vec4 b, vec4 folded) { return mix(mix(folded, a, isnan(a)), b, isnan(b)); }

void main() {
  vec4 run = param(OP_PARAMS);
  float width = param(IN_LAYOUT(0) + 3).y;
  Position at = outputPosition();
  vec4 results[OUTPUTS];
  EACH_RESULT(j) {
    float block = at.block + float(j) * STEP_BLOCK;
    float start = (at.row * run.w + at.x + float(j) * STEP_X) * param(OP_PARAMS + 1).x;
    float row = divFloor(start, width);
    float x = start - row * width;
    vec4 first = VALUE(fetchTexel(in0, texelAddress(IN_LAYOUT(0), row, x, block)));
#if REDUCE == 0
    vec4 total = vec4(0.0);
#elif REDUCE == 3
    vec4 total = vec4(1.0);
#else
    vec4 total = first;
#endif
#if REDUCE > 3
    vec4 index = vec4(0.0);
#endif
    for (float line = 0.0; line < run.x; line += 1.0) {
#if REDUCE <= 3
      // Lines are folded on their own: a sum of sums loses less than one long sum.
      vec4 folded = VALUE(fetchTexel(in0, texelAddress(IN_LAYOUT(0), row + line, x, block)));
      for (float i = 1.0; i < run.y; i += 1.0)
        folded = FOLD(folded, VALUE(fetchTexel(in0, texelAddress(IN_LAYOUT(0), row + line, x + i, block))));
      total = FOLD(total, folded);
#else
      for (float i = 0.0; i < run.y; i += 1.0) {
        vec4 value = VALUE(fetchTexel(in0, texelAddress(IN_LAYOUT(0), row + line, x + i, block)));
        bvec4 better = greaterThan(value, total);
        // Not mix() of floats: an infinity times zero is NaN.
        for (int lane = 0; lane < 4; ++lane)
          if (better[lane]) {
            total[lane] = value[lane];
            index[lane] = line * run.y + i;
          }
      }
#endif
    }
#if REDUCE > 3
    total = index;
#else
    total *= run.z;
#endif
    APPEND(results, j, total)
  }
  WRITE(results)
}
