// Simd for AVX2 and FMA.
#define TEXFLOW_SIMD_TABLE kSimdAvx2
#define TEXFLOW_SIMD_NAME "avx2"
#include "ops/fast/simd_impl.inc"
