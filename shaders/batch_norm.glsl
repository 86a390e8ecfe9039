// x * scale + offset per channel; `weights` holds scale in line 0 and offset in line 1, one texel a channel block.
// Parameters: 1/blocks.
void main() {
  Position at = outputPosition();
  vec4 result[P];
  for (int j = 0; j < P; ++j) {
    float block = at.block + float(j) * STEP_BLOCK;
    float u = (block + 0.5) * p[OP_PARAMS].x;
    vec4 x = fetchTexel(in0, texelAddress(IN_LAYOUT(0), at.row, at.x + float(j) * STEP_X, block));
    result[j] = x * textureLod(weights, vec2(u, 0.25), 0.0) + textureLod(weights, vec2(u, 0.75), 0.0);
  }
  WRITE(result)
}
