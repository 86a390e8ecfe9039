// Addressing of tensors in textures: the shader side of engine/plan/texture_layout.h.
// P (stripes) and OUTPUTS (layers that a draw writes) are defines of every program; fetchTexel(image, address), WRITE and APPEND
// come from engine/programs/shader_source.cpp. The parameter block holds 4 vec4 a tensor, output first:
//   0: rowGroups, pixelGroups, stripesPixels, stripesBlocks   g = row*rowGroups + x*pixelGroups + s div P
//   1: textureWidth, bandHeight, firstLine, groups    line = firstLine + band*bandHeight + block*stripesPixels
//   2: 1/physicalWidth, 1/physicalHeight, 1/textureWidth, pixelsPerLine (W when blocks are striped, else 1);
//      of the output the first is the layer that the draw begins with, where it writes some of them only
//   3: rows, width, blocks, channels
// Some follow from others, and are computed here (applications read them): every float of the block that a program reads adds
// a hundredth to what llvmpipe needs to compile it. pixelGroups is 0 when pixels are striped.
#ifdef PARAMS_WIDTH
// Found in a texture, a line for each draw: llvmpipe gathers every float of a block for each pixel on its own, and compiles the
// fetch of a texel faster than one of them. A third of the code of a product was that.
layout(std140) uniform Params { float paramsLine; };
uniform highp sampler2D params;
#define param(i) fetchTexel(params, vec2((float(i) + 0.5) / float(PARAMS_WIDTH), paramsLine))
#else
layout(std140) uniform Params { vec4 p[PARAMS]; };
#define param(i) p[i]
#endif

#define LAYOUT_SIZE 4
#define OUT_LAYOUT 0
#define IN_LAYOUT(i) (LAYOUT_SIZE * ((i) + 1))
// First vec4 of the kernel's own parameters.
#define OP_PARAMS (LAYOUT_SIZE * (INPUTS + 1))

// Results that share nothing, one after another: { .. APPEND(results, j, value) }. Devices that have other loops over layers
// written out (engine/programs/unroll.h) keep this one: it is a matter of code there, not of time.
#define EACH_RESULT(j) for (int j = 0; j != OUTPUTS; ++j)

// Integer division for exact non-negative floats: a div b with a < 2^22.
float divFloor(float a, float b) { return floor((a + 0.5) / b); }

// Results lie in the layers from this one on.
#if OUTPUTS < P
#define FIRST_LAYER param(OUT_LAYOUT + 2).x
#else
#define FIRST_LAYER 0.0
#endif

// The position that the first result of this fragment has; result j has (row, x + j*stepX, block + j*stepBlock).
struct Position { float row, x, block; };
#define STRIPES_BLOCKS(base) min(param(base).y, 1.0)
#define STEP_X (1.0 - STRIPES_BLOCKS(OUT_LAYOUT))
#define STEP_BLOCK STRIPES_BLOCKS(OUT_LAYOUT)

Position outputPosition() {
  vec3 size = param(OUT_LAYOUT + 1).xyz;
  vec2 groups = param(OUT_LAYOUT).xy;
  float lineGroups = mix(groups.x, groups.y, STEP_BLOCK);
  float linePixels = floor(groups.x / lineGroups + 0.5);  // Of those that lie one after the other: 1 when pixels are striped.
  vec2 texel = floor(gl_FragCoord.xy) - vec2(0.0, size.z);
  float band = divFloor(texel.y, size.y);
  float g = band * size.x + texel.x;
  float q = divFloor(g, lineGroups);
  float s = (g - q * lineGroups) * float(P) + FIRST_LAYER;
  float row = divFloor(q, linePixels);
  Position at;
  at.row = row;
  at.x = STEP_BLOCK * (q - row * linePixels) + STEP_X * s;
  at.block = STEP_X * (texel.y - band * size.y) + STEP_BLOCK * s;
  return at;
}

// The same where the output has pixels striped, which is less to compile.
Position linePosition() {
  vec3 size = param(OUT_LAYOUT + 1).xyz;
  float groups = param(OUT_LAYOUT).x;
  vec2 texel = floor(gl_FragCoord.xy) - vec2(0.0, size.z);
  float band = divFloor(texel.y, size.y);
  float g = band * size.x + texel.x;
  float row = divFloor(g, groups);
  return Position(row, (g - row * groups) * float(P) + FIRST_LAYER, texel.y - band * size.y);
}

// Texture coordinate (u, v, layer) of the texel at (row, x, block) of the tensor whose layout starts at param(base).
vec3 texelAddress(int base, float row, float x, float block) {
  vec2 groups = param(base).xy;
  float stripesBlocks = STRIPES_BLOCKS(base), stripesPixels = 1.0 - stripesBlocks;
  float s = x * stripesPixels + block * stripesBlocks;
  float t = floor(s * (1.0 / float(P)));
  float g = row * groups.x + x * groups.y + t;
  float band = divFloor(g, param(base + 1).x);
  return vec3((g - band * param(base + 1).x + 0.5) * param(base + 2).x,
              (band * param(base + 1).y + block * stripesPixels + param(base + 1).z + 0.5) * param(base + 2).y, s - t * float(P));
}

// What (x, block) add to texelAddress(base, row, 0, 0). Holds while the groups of a line share a band.
vec3 texelOffset(int base, float x, float block) {
  float stripesBlocks = STRIPES_BLOCKS(base), stripesPixels = 1.0 - stripesBlocks;
  float s = x * stripesPixels + block * stripesBlocks;
  float t = floor(s * (1.0 / float(P)));
  return vec3((x * param(base).y + t) * param(base + 2).x, block * stripesPixels * param(base + 2).y, s - t * float(P));
}

// texelAddress(base, row, 0, block) and what x adds to it, of a tensor that has pixels striped.
vec3 lineAddress(int base, float row, float block) {
  vec3 size = param(base + 1).xyz;
  float g = row * param(base).x;
  float band = divFloor(g, size.x);
  return vec3((g - band * size.x + 0.5) * param(base + 2).x, (band * size.y + block + size.z + 0.5) * param(base + 2).y, 0.0);
}
vec3 columnOffset(int base, float x) {
  float t = floor(x * (1.0 / float(P)));
  return vec3(t * param(base + 2).x, 0.0, x - t * float(P));
}

// The fragment's place in a tensor that has the output's layout.
vec2 samePlace(int base) {
  float line = gl_FragCoord.y + (param(base + 1).z - param(OUT_LAYOUT + 1).z);
  return vec2(gl_FragCoord.x, line) * param(base + 2).xy;
}

// Elementwise work: OPERANDS declares operands that all results of a fragment share, LETS other values for EXPR; the scalars
// of the op, and of ops merged before it, end the block.
#ifdef EXPR
#ifndef OPERANDS
#define OPERANDS
#endif
#ifndef LETS
#define LETS
#endif
#define K param(PARAMS - 1)
#define K1 param(PARAMS - 2)
#define K2 param(PARAMS - 3)
#define K3 param(PARAMS - 4)
#include "expressions.glsl"
#endif

// The end of a convolution or product; kernels that have one declare ACT. `range` clamps, alpha scales what is negative.
#ifdef ACT
vec4 activate(vec4 x, vec4 alpha, vec2 range) {
#if ACT == 1
  return mix(exp(min(x, 0.0)) - 1.0, x, greaterThanEqual(x, vec4(0.0)));
#elif ACT == 2
  return 1.0 / (1.0 + exp(-x));
#elif ACT == 3
  return tanh(clamp(x, -15.0, 15.0));
#else
  return clamp(max(x, 0.0) + alpha * min(x, 0.0), range.x, range.y);
#endif
}
#endif

// Result `layer` of the draw, for WRITE: what the elementwise ops merged into the draw make of `a`. Elementwise draws, which
// define SAME, find their operands themselves.
#if defined(EXPR) && !defined(SAME)
#define BEGIN_RESULTS OPERANDS
#define RESULT(target, value, index) { const float layer = index; vec4 a = value; LETS target = EXPR; }

// Operands of elementwise ops merged into the draw: with the output's layout, one texel a channel block, one number.
vec4 sameTexel(highp sampler2DArray image, int base, float result) {
  return fetchTexel(image, vec3(samePlace(base), FIRST_LAYER + result));
}
// The operand has one pixel, its blocks striped in a single line.
vec4 blockTexel(highp sampler2DArray image, int base, float block) {
  vec3 first = vec3(vec2(0.5, param(base + 1).z + 0.5) * param(base + 2).xy, 0.0);
  return fetchTexel(image, first + columnOffset(base, block));
}
// Kernels call the place of their results `at`.
#define channelTexel(image, base) blockTexel(image, base, at.block)
#define scalarTexel(image, base) blockTexel(image, base, 0.0).xxxx
#else
#define BEGIN_RESULTS
#define RESULT(target, value, index) target = value;
#endif
