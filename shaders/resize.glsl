// Resizes image lines and columns. KIND 0: bilinear, 1: nearest.
//   0: scale of y, scale of x, half (0.5 with half-pixel centres, else 0), rounding (0.5 with align_corners, else 0)
//   1: input height, input width, output height
void main() {
  Position at = outputPosition();
  vec4 scale = param(OP_PARAMS);
  vec4 size = param(OP_PARAMS + 1);
  float image = divFloor(at.row, size.z);
  float y = at.row - image * size.z;
  vec4 results[OUTPUTS];
#if KIND == 1
  float line = clamp(floor((y + scale.z) * scale.x + scale.w), 0.0, size.x - 1.0);
  EACH_RESULT(j) {
    float x = at.x + float(j) * STEP_X;
    float column = clamp(floor((x + scale.z) * scale.y + scale.w), 0.0, size.y - 1.0);
    vec4 texel = fetchTexel(in0, texelAddress(IN_LAYOUT(0), image * size.x + line, column, at.block + float(j) * STEP_BLOCK));
    APPEND(results, j, texel)
  }
#else
  float sourceY = (y + scale.z) * scale.x - scale.z;
  float top = clamp(floor(sourceY), 0.0, size.x - 1.0);
  float bottom = clamp(ceil(sourceY), 0.0, size.x - 1.0);
  float down = sourceY - floor(sourceY);
  EACH_RESULT(j) {
    float block = at.block + float(j) * STEP_BLOCK;
    float sourceX = (at.x + float(j) * STEP_X + scale.z) * scale.y - scale.z;
    float left = clamp(floor(sourceX), 0.0, size.y - 1.0);
    float right = clamp(ceil(sourceX), 0.0, size.y - 1.0);
    float across = sourceX - floor(sourceX);
    vec4 topLeft = fetchTexel(in0, texelAddress(IN_LAYOUT(0), image * size.x + top, left, block));
    vec4 topRight = fetchTexel(in0, texelAddress(IN_LAYOUT(0), image * size.x + top, right, block));
    vec4 bottomLeft = fetchTexel(in0, texelAddress(IN_LAYOUT(0), image * size.x + bottom, left, block));
    vec4 bottomRight = fetchTexel(in0, texelAddress(IN_LAYOUT(0), image * size.x + bottom, right, block));
    vec4 upper = topLeft + (topRight - topLeft) * across;
    vec4 lower = bottomLeft + (bottomRight - bottomLeft) * across;
    vec4 value = upper + (lower - upper) * down;
    APPEND(results, j, value)
  }
#endif
  WRITE(results)
}
