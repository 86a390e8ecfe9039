// Simd for AVX-512.
#define TEXFLOW_SIMD_TABLE kSimdAvx512
#define TEXFLOW_SIMD_NAME "avx512"
#include "ops/fast/simd_impl.inc"
