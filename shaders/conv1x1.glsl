// Matrix product of every pixel with constant weights: 1x1 convolutions and matrix products of many rows.
// Input and output are striped alike, so a fragment reads the columns that it writes.
// Parameters: 0 = 1/weight width, 1/weight height, low, high.
void main() {
  vec2 texel = floor(gl_FragCoord.xy) - vec2(0.0, param(OUT_LAYOUT + 1).z);
  float bandHeight = param(OUT_LAYOUT + 1).y;
  float band = divFloor(texel.y, bandHeight);
  Position at;  // Of which nothing else is needed.
  at.block = texel.y - band * bandHeight;
  vec2 texelStep = param(IN_LAYOUT(0) + 2).xy;
  vec2 first = vec2(texel.x + 0.5, band * param(IN_LAYOUT(0) + 1).y + param(IN_LAYOUT(0) + 1).z + 0.5) * texelStep;
  vec4 own = param(OP_PARAMS);
  float line = (at.block + 0.5) * own.y;
  float blocks = param(IN_LAYOUT(0) + 3).z;

  vec4 bias = fetchTexel(weights, vec2(0.5 * own.x, line));
  vec4 acc[OUTPUTS];
  for (int j = 0; j < OUTPUTS; ++j) acc[j] = bias;
  for (float k = 0.0; k < blocks; k += 1.0) {
    vec2 place = vec2(first.x, first.y + k * texelStep.y);
    vec4 v[OUTPUTS];
    for (int j = 0; j < OUTPUTS; ++j) v[j] = fetchTexel(in0, vec3(place, FIRST_LAYER + float(j)));
    float column = (4.0 * k + 2.5) * own.x;
    vec4 w0 = fetchTexel(weights, vec2(column, line));
    vec4 w1 = fetchTexel(weights, vec2(column + own.x, line));
    vec4 w2 = fetchTexel(weights, vec2(column + 2.0 * own.x, line));
    vec4 w3 = fetchTexel(weights, vec2(column + 3.0 * own.x, line));
    for (int j = 0; j < OUTPUTS; ++j) acc[j] += w0 * v[j].x + w1 * v[j].y + w2 * v[j].z + w3 * v[j].w;
  }
  vec4 alpha = fetchTexel(weights, vec2(1.5 * own.x, line));
  for (int j = 0; j < OUTPUTS; ++j) acc[j] = activate(acc[j], alpha, own.zw);
  WRITE(acc)
}
