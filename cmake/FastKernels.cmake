# texflow_fast_kernels(TARGET): compiles the loops of ops/fast once per instruction set of the processor family.
# WebAssembly has no way to ask while it runs, and a browser without SIMD refuses a whole file with it: there the loops become
# two object libraries, texflow_loops and texflow_loops_simd, of which a program takes one.
function(texflow_fast_kernels target)
  set(folder ${CMAKE_CURRENT_SOURCE_DIR}/ops/fast)
  # Contraction to fused multiply-adds only rounds less; everything else about floats stays as the standard has it.
  set(loops -O3 -ffp-contract=fast -fno-math-errno)
  if(EMSCRIPTEN)
    get_target_property(sources ${target} SOURCES)
    list(FILTER sources EXCLUDE REGEX "/simd_(base|avx2|avx512)\\.cpp$")
    set_target_properties(${target} PROPERTIES SOURCES "${sources}")
    foreach(name texflow_loops texflow_loops_simd)
      add_library(${name} OBJECT ${folder}/simd_base.cpp)
      target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
      target_compile_options(${name} PRIVATE ${loops})
      texflow_warnings(${name})
    endforeach()
    target_compile_options(texflow_loops_simd PRIVATE -msimd128)
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    set_source_files_properties(${folder}/simd_base.cpp PROPERTIES COMPILE_OPTIONS "${loops}")
    set_source_files_properties(${folder}/simd_avx2.cpp PROPERTIES COMPILE_OPTIONS "${loops};-mavx2;-mfma")
    set_source_files_properties(${folder}/simd_avx512.cpp PROPERTIES
      COMPILE_OPTIONS "${loops};-mfma;-mavx512f;-mavx512vl;-mavx512dq;-mavx512bw")
    set_source_files_properties(${folder}/simd.cpp PROPERTIES COMPILE_DEFINITIONS TEXFLOW_SIMD_X86)
  else()
    set_source_files_properties(${folder}/simd_base.cpp PROPERTIES COMPILE_OPTIONS "${loops}")
    set_source_files_properties(${folder}/simd_avx2.cpp ${folder}/simd_avx512.cpp PROPERTIES HEADER_FILE_ONLY ON)
  endif()
endfunction()
