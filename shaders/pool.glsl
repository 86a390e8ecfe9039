// Maximum or, with AVERAGE, mean of the real pixels under a window.
// Parameters: 0 = window height, width, output height, input height; 1 = stride y, x, pad top, left.
void main() {
  Position at = outputPosition();
  vec4 size = p[OP_PARAMS], slide = p[OP_PARAMS + 1];
  float image = divFloor(at.row, size.z);
  float y0 = (at.row - image * size.z) * slide.x - slide.z;
  float width = p[IN_LAYOUT(0) + 3].y;
  float firstY = max(0.0, -y0), lastY = min(size.x, size.w - y0);

#ifdef AVERAGE
  vec4 acc[P];
  for (int j = 0; j < P; ++j) acc[j] = vec4(0.0);
#else
  vec4 acc[P];
  for (int j = 0; j < P; ++j) acc[j] = vec4(uintBitsToFloat(0xff800000u));  // minus infinity
#endif
  for (float ky = firstY; ky < lastY; ky += 1.0) {
    vec3 base = texelAddress(IN_LAYOUT(0), image * size.w + y0 + ky, 0.0, 0.0);
    for (float kx = 0.0; kx < size.y; kx += 1.0) {
      for (int j = 0; j < P; ++j) {
        float x = (at.x + float(j) * STEP_X) * slide.y - slide.w + kx;
        vec4 texel = fetchTexel(in0, base + texelOffset(IN_LAYOUT(0), x, at.block + float(j) * STEP_BLOCK));
        bool inside = x >= 0.0 && x < width;
#ifdef AVERAGE
        acc[j] += inside ? texel : vec4(0.0);
#else
        acc[j] = inside ? max(acc[j], texel) : acc[j];
#endif
      }
    }
  }
#ifdef AVERAGE
  for (int j = 0; j < P; ++j) {
    float x0 = (at.x + float(j) * STEP_X) * slide.y - slide.w;
    float columns = min(size.y, width - x0) - max(0.0, -x0);
    float count = max(0.0, columns) * max(0.0, lastY - firstY);
    // A window over nothing but padding has no mean.
    acc[j] = count > 0.0 ? acc[j] / count : vec4(uintBitsToFloat(0x7fc00000u));
  }
#endif
  WRITE(acc)
}
