// Matrix product of single pixels with constant weights: a fragment computes P channel blocks of one pixel. A "pixel" may be
// a whole image of window.x lines and window.y columns, which a convolution without padding reduces to one.
// Parameters: 0 = 1/weight width, 1/weight height, low, high; 1 = input blocks a segment, segments, window height, width.
void main() {
  Position at = outputPosition();
  vec4 own = param(OP_PARAMS);
  float perSegment = param(OP_PARAMS + 1).x, segments = param(OP_PARAMS + 1).y;
  vec2 window = param(OP_PARAMS + 1).zw;
  float blocks = param(IN_LAYOUT(0) + 3).z, lines = segments * window.x * window.y;

  vec4 acc[OUTPUTS];
  for (int j = 0; j < OUTPUTS; ++j) {
    acc[j] = fetchTexel(weights, vec2(0.5, (at.block + float(j)) * lines + 0.5) * own.xy);
  }
  for (float s = 0.0; s < lines; s += 1.0) {
    float tap = divFloor(s, segments);
    float y = divFloor(tap, window.y);
    float x = tap - y * window.y;
    float start = (s - tap * segments) * perSegment;
    float end = min(blocks, start + perSegment);
    for (float k = start; k < end; k += 1.0) {
      vec4 v = fetchTexel(in0, texelAddress(IN_LAYOUT(0), at.row * window.x + y, x, k));
      float column = (4.0 * (k - start) + 2.5) * own.x;
      for (int j = 0; j < OUTPUTS; ++j) {
        float line = ((at.block + float(j)) * lines + s + 0.5) * own.y;
        acc[j] += fetchTexel(weights, vec2(column, line)) * v.x +
                  fetchTexel(weights, vec2(column + own.x, line)) * v.y +
                  fetchTexel(weights, vec2(column + 2.0 * own.x, line)) * v.z +
                  fetchTexel(weights, vec2(column + 3.0 * own.x, line)) * v.w;
      }
    }
  }
  for (int j = 0; j < OUTPUTS; ++j) {
    float line = (at.block + float(j)) * lines;
    acc[j] = activate(acc[j], fetchTexel(weights, vec2(1.5, line + 0.5) * own.xy), own.zw);
  }
  WRITE(acc)
}
