// Product of two computed stacks of matrices, P rows a fragment; with TRANSPOSE_B the second is [.., N, K].
// Parameters: 0 = K, 1 or 0: the first / second operand has a matrix for every matrix of the output.
void main() {
  Position at = outputPosition();
  vec4 own = param(OP_PARAMS);
  vec3 base = texelAddress(IN_LAYOUT(0), at.row * own.y, 0.0, 0.0);
  vec3 other = texelAddress(IN_LAYOUT(1), at.row * own.z, 0.0, 0.0);

  vec4 acc[OUTPUTS];
  vec3 pixel[OUTPUTS];
  for (int j = 0; j < OUTPUTS; ++j) {
    acc[j] = vec4(0.0);
    pixel[j] = base + texelOffset(IN_LAYOUT(0), at.x + float(j), 0.0);
  }
  for (float k = 0.0; 4.0 * k < own.x; k += 1.0) {
    // What lies beyond K in the last texel may be anything, NaN included.
    bvec4 real = lessThan(4.0 * k + vec4(0.0, 1.0, 2.0, 3.0), own.xxxx);
    vec3 deep = texelOffset(IN_LAYOUT(0), 0.0, k);
    vec4 v[OUTPUTS];
    for (int j = 0; j < OUTPUTS; ++j) v[j] = mix(vec4(0.0), fetchTexel(in0, pixel[j] + deep), real);
#ifdef TRANSPOSE_B
    vec4 r[4];
    for (int i = 0; i < 4; ++i) {
      vec4 texel = fetchTexel(in1, other + texelOffset(IN_LAYOUT(1), 4.0 * at.block + float(i), k));
      r[i] = mix(vec4(0.0), texel, real);
    }
    vec4 w0 = vec4(r[0].x, r[1].x, r[2].x, r[3].x);
    vec4 w1 = vec4(r[0].y, r[1].y, r[2].y, r[3].y);
    vec4 w2 = vec4(r[0].z, r[1].z, r[2].z, r[3].z);
    vec4 w3 = vec4(r[0].w, r[1].w, r[2].w, r[3].w);
#else
    vec4 w0 = fetchTexel(in1, other + texelOffset(IN_LAYOUT(1), 4.0 * k, at.block));
    vec4 w1 = fetchTexel(in1, other + texelOffset(IN_LAYOUT(1), 4.0 * k + 1.0, at.block));
    vec4 w2 = fetchTexel(in1, other + texelOffset(IN_LAYOUT(1), 4.0 * k + 2.0, at.block));
    vec4 w3 = fetchTexel(in1, other + texelOffset(IN_LAYOUT(1), 4.0 * k + 3.0, at.block));
    w1 = real.y ? w1 : vec4(0.0);
    w2 = real.z ? w2 : vec4(0.0);
    w3 = real.w ? w3 : vec4(0.0);
#endif
    for (int j = 0; j < OUTPUTS; ++j) acc[j] += w0 * v[j].x + w1 * v[j].y + w2 * v[j].z + w3 * v[j].w;
  }
  WRITE(acc)
}
