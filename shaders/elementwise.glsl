// EXPR, a vec4 expression over operands a, b, c, d, e (INPUTS of them), the scalars K and what LETS declares, for every
// texel of the output.
// Parameters of each operand, by which it broadcasts:
//   rowDivisor, rowModulus, xMul, blockMul   its position for the output's: mod(floor(row / div), mod), x * xMul, ...
//   layerStep, lineStep, splat, -            from layer to layer of the output; splat: its only channel stands for all
// The address of an operand is linear in the layer j, so it is computed once.

vec3 firstAddress(int i, Position at) {
  vec4 map = p[OP_PARAMS + 2 * i];
  float row = divFloor(at.row, map.x);
  row -= map.y * divFloor(row, map.y);
  return texelAddress(IN_LAYOUT(i), row, at.x * map.z, at.block * map.w);
}

vec3 addressStep(int i) {
  vec4 map = p[OP_PARAMS + 2 * i + 1];
  return vec3(0.0, map.y * p[IN_LAYOUT(i)].z * p[IN_LAYOUT(i) + 2].y, map.x);
}

vec4 spread(int i, vec4 texel) { return p[OP_PARAMS + 2 * i + 1].z > 0.5 ? texel.xxxx : texel; }

void main() {
  Position at = outputPosition();
  vec3 at0 = firstAddress(0, at), step0 = addressStep(0);
#if INPUTS > 1
  vec3 at1 = firstAddress(1, at), step1 = addressStep(1);
#endif
#if INPUTS > 2
  vec3 at2 = firstAddress(2, at), step2 = addressStep(2);
#endif
#if INPUTS > 3
  vec3 at3 = firstAddress(3, at), step3 = addressStep(3);
#endif
#if INPUTS > 4
  vec3 at4 = firstAddress(4, at), step4 = addressStep(4);
#endif
  vec4 result[P];
  for (int j = 0; j < P; ++j) {
    float layer = float(j);
    vec4 a = spread(0, fetchTexel(in0, at0 + layer * step0));
#if INPUTS > 1
    vec4 b = spread(1, fetchTexel(in1, at1 + layer * step1));
#endif
#if INPUTS > 2
    vec4 c = spread(2, fetchTexel(in2, at2 + layer * step2));
#endif
#if INPUTS > 3
    vec4 d = spread(3, fetchTexel(in3, at3 + layer * step3));
#endif
#if INPUTS > 4
    vec4 e = spread(4, fetchTexel(in4, at4 + layer * step4));
#endif
    LETS
    result[j] = EXPR;
  }
  WRITE(result)
}
