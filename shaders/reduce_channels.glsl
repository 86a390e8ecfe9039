// Reduces the channels of each pixel: output element n (row-major) comes from input pixel n.
// REDUCE: 0 sum, 1 maximum, 3 product, 4 index of the first maximum.
// Parameters: scale of the result, output width, output channels. A minimum is the maximum at scale -1.
#if REDUCE == 1 || REDUCE == 4
#define VALUE(texel) ((texel) * param(OP_PARAMS).x)
#else
#define VALUE(texel) (texel)
#endif

void main() {
  vec4 own = param(OP_PARAMS);
  vec4 size = param(IN_LAYOUT(0) + 3);
  Position at = outputPosition();
  vec4 results[OUTPUTS];
  EACH_RESULT(j) {
    float block = at.block + float(j) * STEP_BLOCK;
    float element = (at.row * own.y + at.x + float(j) * STEP_X) * own.z + 4.0 * block;
    vec4 result = vec4(0.0);
    for (int lane = 0; lane < 4; ++lane) {
      if (4.0 * block + float(lane) >= own.z) break;
      float row = divFloor(element + float(lane), size.y);
      float x = element + float(lane) - row * size.y;
      float total = VALUE(fetchTexel(in0, texelAddress(IN_LAYOUT(0), row, x, 0.0)).x);
#if REDUCE == 0
      total = 0.0;
#elif REDUCE == 3
      total = 1.0;
#elif REDUCE > 3
      float index = 0.0;
#else
      // max drops a NaN on some drivers.
      bool bad = false;
#endif
      for (float b = 0.0; b < size.z; b += 1.0) {
        vec4 value = VALUE(fetchTexel(in0, texelAddress(IN_LAYOUT(0), row, x, b)));
        float lanes = size.w - 4.0 * b;
        // Lanes past the last channel may hold anything: replace them, do not multiply them.
#if REDUCE == 0 || REDUCE == 3
        float neutral = REDUCE == 0 ? 0.0 : 1.0;
#else
        float neutral = value.x;
#endif
        if (lanes < 2.0) value.y = neutral;
        if (lanes < 3.0) value.z = neutral;
        if (lanes < 4.0) value.w = neutral;
#if REDUCE == 0
        total += value.x + value.y + value.z + value.w;
#elif REDUCE == 1
        total = max(total, max(max(value.x, value.y), max(value.z, value.w)));
        if (any(isnan(value))) bad = true;
#elif REDUCE == 3
        total *= value.x * value.y * value.z * value.w;
#else
        for (int k = 0; k < 4; ++k) {
          if (value[k] > total) {
            total = value[k];
            index = 4.0 * b + float(k);
          }
        }
#endif
      }
#if REDUCE > 3
      result[lane] = index;
#elif REDUCE == 1
      result[lane] = bad ? uintBitsToFloat(0x7fc00000u) : total * own.x;
#else
      result[lane] = total * own.x;
#endif
    }
    APPEND(results, j, result)
  }
  WRITE(results)
}
