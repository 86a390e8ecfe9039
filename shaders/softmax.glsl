// Softmax over the channels. LOG: 1 writes the logarithm.

void main() {
  vec4 size = param(IN_LAYOUT(0) + 3);
  Position at = outputPosition();
  vec4 results[OUTPUTS];
  float highest = 0.0;
  float sum = 1.0;
  EACH_RESULT(j) {
    float x = at.x + float(j) * STEP_X;
    // Striped blocks belong to one pixel: its sum is found once.
    if (j == 0 || STEP_X > 0.5) {
      highest = fetchTexel(in0, texelAddress(IN_LAYOUT(0), at.row, x, 0.0)).x;
      sum = 0.0;
      for (float pass = 0.0; pass < 2.0; pass += 1.0)
        for (float b = 0.0; b < size.z; b += 1.0) {
          vec4 value = fetchTexel(in0, texelAddress(IN_LAYOUT(0), at.row, x, b));
          float lanes = size.w - 4.0 * b;
          if (pass < 0.5) {
            // Lanes past the last channel may hold anything: replace them.
            if (lanes < 2.0) value.y = value.x;
            if (lanes < 3.0) value.z = value.x;
            if (lanes < 4.0) value.w = value.x;
            highest = max(highest, max(max(value.x, value.y), max(value.z, value.w)));
          } else {
            value = exp(value - highest);
            sum += value.x;
            if (lanes > 1.0) sum += value.y;
            if (lanes > 2.0) sum += value.z;
            if (lanes > 3.0) sum += value.w;
          }
        }
    }
    vec4 value = fetchTexel(in0, texelAddress(IN_LAYOUT(0), at.row, x, at.block + float(j) * STEP_BLOCK)) - highest;
#if LOG
    value -= log(sum);
#else
    value = exp(value) / sum;
#endif
    APPEND(results, j, value)
  }
  WRITE(results)
}
