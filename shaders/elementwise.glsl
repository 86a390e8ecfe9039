// EXPR, a vec4 expression over operands a, b, c, d, e (INPUTS of them), the scalars K and what LETS declares, for every
// texel of the output.
// Parameters of each operand, by which it broadcasts:
//   rowDivisor, rowModulus, xMul, blockMul   its position for the output's: mod(floor(row / div), mod), x * xMul, ...
//   layerStep, lineStep, splat, form         from layer to layer of the output; splat: its only channel stands for all
// The address of an operand is linear in the layer j, so it is computed once. Operands that have the output's layout (bits of
// SAME) lie at the fragment's own place; drivers drop the other branch, and with it a third of the program.

// What draws compute that share a program because each is rare (engine/plan/share_elementwise.cpp).
vec4 sharedForm(vec4 a) {
  float form = param(OP_PARAMS + 1).w;
  return form < 0.5   ? -a
         : form < 1.5 ? a * a
         : form < 2.5 ? sqrt(a)
         : form < 3.5 ? 1.0 / sqrt(a)
         : form < 4.5 ? 1.0 / a
         : form < 5.5 ? exp(a)
                      : log(a);
}
#if INPUTS > 1
// In the maps of the operands: whether a * b (1), a + sign * b (0) or a's sigmoid (-1), and the sign.
vec4 sharedForm(vec4 a, vec4 b) {
  float how = param(OP_PARAMS + 1).w, sign = param(OP_PARAMS + 3).w;
  vec4 value = how > 0.5 ? a * b : a + (sign == 0.0 ? vec4(0.0) : b * sign);
  value = clampTo(value, K.x, K.y);
  return how < -0.5 ? 1.0 / (1.0 + exp(-a)) : value;
}
// In K.z: whether that is multiplied by c (1), added to it (-1), or neither.
vec4 sharedForm(vec4 a, vec4 b, vec4 c) {
  vec4 value = sharedForm(a, b);
  return K.z > 0.5 ? value * c : K.z < -0.5 ? value + c : value;
}
#endif

#define IS_SAME(i) ((SAME & (1 << i)) != 0)

vec3 firstAddress(int i, Position at, bool same) {
  if (same) return vec3(samePlace(IN_LAYOUT(i)), FIRST_LAYER);
  vec4 map = param(OP_PARAMS + 2 * i);
  float row = divFloor(at.row, map.x);
  row -= map.y * divFloor(row, map.y);
  return texelAddress(IN_LAYOUT(i), row, at.x * map.z, at.block * map.w);
}

vec3 addressOf(int i, vec3 first, float layer, bool same) {
  if (same) return vec3(first.xy, first.z + layer);
  vec2 map = param(OP_PARAMS + 2 * i + 1).xy;
  return vec3(first.x, first.y + layer * map.y * param(IN_LAYOUT(i) + 2).y, first.z + layer * map.x);
}

vec4 spread(int i, vec4 texel, bool same) { return same || param(OP_PARAMS + 2 * i + 1).z < 0.5 ? texel : texel.xxxx; }

void main() {
  Position at = outputPosition();
  vec3 at0 = firstAddress(0, at, IS_SAME(0));
#if INPUTS > 1
  vec3 at1 = firstAddress(1, at, IS_SAME(1));
#endif
#if INPUTS > 2
  vec3 at2 = firstAddress(2, at, IS_SAME(2));
#endif
#if INPUTS > 3
  vec3 at3 = firstAddress(3, at, IS_SAME(3));
#endif
#if INPUTS > 4
  vec3 at4 = firstAddress(4, at, IS_SAME(4));
#endif
  vec4 results[OUTPUTS];
  for (int j = 0; j < OUTPUTS; ++j) {
    float layer = float(j);
    vec4 a = spread(0, fetchTexel(in0, addressOf(0, at0, layer, IS_SAME(0))), IS_SAME(0));
#if INPUTS > 1
    vec4 b = spread(1, fetchTexel(in1, addressOf(1, at1, layer, IS_SAME(1))), IS_SAME(1));
#endif
#if INPUTS > 2
    vec4 c = spread(2, fetchTexel(in2, addressOf(2, at2, layer, IS_SAME(2))), IS_SAME(2));
#endif
#if INPUTS > 3
    vec4 d = spread(3, fetchTexel(in3, addressOf(3, at3, layer, IS_SAME(3))), IS_SAME(3));
#endif
#if INPUTS > 4
    vec4 e = spread(4, fetchTexel(in4, addressOf(4, at4, layer, IS_SAME(4))), IS_SAME(4));
#endif
    LETS
    results[j] = EXPR;
  }
  WRITE(results)
}
