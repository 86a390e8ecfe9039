// CropAndResize. in0: images, in1: boxes [n, 4], in2: the image of each box.
// Parameters: 0 = height and width of the images, height and width of the crops; 1 = fill, images.
vec4 sampleImage(float n, float y, float x, float block) {
  return fetchTexel(in0, texelAddress(IN_LAYOUT(0), n * param(OP_PARAMS).x + y, x, block));
}

vec2 coordinates(vec4 box, vec2 at) {
  vec4 own = param(OP_PARAMS);
  vec2 last = own.xy - 1.0, crop = own.zw;
  vec2 many = box.xy * last + at * (box.zw - box.xy) * last / max(crop - 1.0, 1.0);
  return mix(0.5 * (box.xy + box.zw) * last, many, step(1.5, crop));
}

void main() {
  Position at = outputPosition();
  vec4 own = param(OP_PARAMS);
  vec4 more = param(OP_PARAMS + 1);
  float crop = divFloor(at.row, own.z);
  float y = at.row - crop * own.z;
  vec4 box = fetchTexel(in1, texelAddress(IN_LAYOUT(1), 0.0, crop, 0.0));
  float batchBlock = floor(crop * 0.25);
  float n = fetchTexel(in2, texelAddress(IN_LAYOUT(2), 0.0, 0.0, batchBlock))[int(crop - 4.0 * batchBlock)];
  n = clamp(floor(n + 0.5), 0.0, more.y - 1.0);
  vec4 results[OUTPUTS];
  EACH_RESULT(j) {
    vec2 source = coordinates(box, vec2(y, at.x + float(j) * STEP_X));
    float block = at.block + float(j) * STEP_BLOCK;
    bool inside = all(greaterThanEqual(source, vec2(0.0))) && all(lessThanEqual(source, own.xy - 1.0));
    vec2 safe = clamp(source, vec2(0.0), own.xy - 1.0);
#ifdef NEAREST
    vec2 near = floor(safe + 0.5);
    vec4 value = sampleImage(n, near.x, near.y, block);
#else
    vec2 low = floor(safe), high = ceil(safe), part = safe - low;
    vec4 upper = mix(sampleImage(n, low.x, low.y, block), sampleImage(n, low.x, high.y, block), part.y);
    vec4 lower = mix(sampleImage(n, high.x, low.y, block), sampleImage(n, high.x, high.y, block), part.y);
    vec4 value = mix(upper, lower, part.x);
#endif
    value = inside ? value : vec4(more.x);
    APPEND(results, j, value)
  }
  WRITE(results)
}
