// x * scale + offset per channel; `weights` holds scale in line 0 and offset in line 1, one texel a channel block.
// Parameters: 1/weight width, 1/weight height.
void main() {
  Position at = outputPosition();
  vec4 results[OUTPUTS];
  EACH_RESULT(j) {
    float block = at.block + float(j) * STEP_BLOCK;
    vec2 scale = vec2(block + 0.5, 0.5) * param(OP_PARAMS).xy, offset = vec2(scale.x, 1.5 * param(OP_PARAMS).y);
    vec4 x = fetchTexel(in0, texelAddress(IN_LAYOUT(0), at.row, at.x + float(j) * STEP_X, block));
    vec4 value = x * fetchTexel(weights, scale) + fetchTexel(weights, offset);
    APPEND(results, j, value)
  }
  WRITE(results)
}
