// LRN. Parameters: 0 = radius, bias, alpha, beta.
void main() {
  Position at = outputPosition();
  vec4 own = param(OP_PARAMS);
  vec4 size = param(IN_LAYOUT(0) + 3);
  const vec4 lanes = vec4(0.0, 1.0, 2.0, 3.0);
  vec4 results[OUTPUTS];
  EACH_RESULT(j) {
    float x = at.x + float(j) * STEP_X;
    float block = at.block + float(j) * STEP_BLOCK;
    vec4 center = 4.0 * block + lanes;
    vec4 sum = vec4(0.0);
    float first = max(0.0, floor((4.0 * block - own.x) * 0.25));
    float last = min(size.z - 1.0, floor((4.0 * block + 3.0 + own.x) * 0.25));
    for (float b = first; b <= last; b += 1.0) {
      vec4 texel = fetchTexel(in0, texelAddress(IN_LAYOUT(0), at.row, x, b));
      for (int k = 0; k < 4; ++k) {
        float channel = 4.0 * b + float(k);
        vec4 near = step(abs(center - channel), own.xxxx);
        if (channel < size.w) sum += near * texel[k] * texel[k];
      }
    }
    vec4 value = fetchTexel(in0, texelAddress(IN_LAYOUT(0), at.row, x, min(block, size.z - 1.0)));
    value *= pow(max(own.y + own.z * sum, vec4(0.0)), vec4(-own.w));
    APPEND(results, j, value)
  }
  WRITE(results)
}
