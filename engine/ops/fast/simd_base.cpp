// Simd for the instruction set of the whole build.
#define TEXFLOW_SIMD_TABLE kSimdBase
#define TEXFLOW_SIMD_NAME "base"
#include "ops/fast/simd_impl.inc"
