// Matrix product of single pixels with constant weights: a fragment computes P channel blocks of one pixel.
// Parameters: 0 = 1/weight width, 1/weight height, low, high; 1 = input blocks a segment, segments.
void main() {
  Position at = outputPosition();
  vec4 own = p[OP_PARAMS];
  vec2 segmentation = p[OP_PARAMS + 1].xy;
  float blocks = p[IN_LAYOUT(0) + 3].z;

  vec4 acc[P];
  for (int j = 0; j < P; ++j) {
    float line = (at.block + float(j)) * segmentation.y;
    acc[j] = textureLod(weights, vec2(0.5, line + 0.5) * own.xy, 0.0);
  }
  for (float s = 0.0; s < segmentation.y; s += 1.0) {
    float start = s * segmentation.x;
    float end = min(blocks, start + segmentation.x);
    for (float k = start; k < end; k += 1.0) {
      vec4 v = fetchTexel(in0, texelAddress(IN_LAYOUT(0), at.row, 0.0, k));
      float column = (4.0 * (k - start) + 2.5) * own.x;
      for (int j = 0; j < P; ++j) {
        float line = ((at.block + float(j)) * segmentation.y + s + 0.5) * own.y;
        acc[j] += textureLod(weights, vec2(column, line), 0.0) * v.x +
                  textureLod(weights, vec2(column + own.x, line), 0.0) * v.y +
                  textureLod(weights, vec2(column + 2.0 * own.x, line), 0.0) * v.z +
                  textureLod(weights, vec2(column + 3.0 * own.x, line), 0.0) * v.w;
      }
    }
  }
  for (int j = 0; j < P; ++j) {
    float line = (at.block + float(j)) * segmentation.y;
    acc[j] = finish(acc[j], textureLod(weights, vec2(1.5, line + 0.5) * own.xy, 0.0), own.zw, float(j));
  }
  WRITE(acc)
}
