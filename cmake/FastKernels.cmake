# texflow_fast_kernels(TARGET): compiles the loops of ops/fast once per instruction set of the processor family.
function(texflow_fast_kernels target)
  set(folder ${CMAKE_CURRENT_SOURCE_DIR}/ops/fast)
  # Contraction to fused multiply-adds only rounds less; everything else about floats stays as the standard has it.
  set(loops -O3 -ffp-contract=fast -fno-math-errno)
  set(x86 OFF)
  if(NOT EMSCRIPTEN AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    set(x86 ON)
  endif()
  set_source_files_properties(${folder}/simd_base.cpp PROPERTIES COMPILE_OPTIONS "${loops}")
  set_source_files_properties(${folder}/simd_avx2.cpp PROPERTIES COMPILE_OPTIONS "${loops};-mavx2;-mfma")
  set_source_files_properties(${folder}/simd_avx512.cpp PROPERTIES
    COMPILE_OPTIONS "${loops};-mfma;-mavx512f;-mavx512vl;-mavx512dq;-mavx512bw")
  if(x86)
    set_source_files_properties(${folder}/simd.cpp PROPERTIES COMPILE_DEFINITIONS TEXFLOW_SIMD_X86)
  else()
    set_source_files_properties(${folder}/simd_avx2.cpp ${folder}/simd_avx512.cpp PROPERTIES HEADER_FILE_ONLY ON)
  endif()
endfunction()
