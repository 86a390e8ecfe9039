# texflow_library(NAME): a static library of every .cpp in this folder and below, with the project's warnings.
function(texflow_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic $<$<BOOL:${TEXFLOW_WERROR}>:-Werror>)
  # GCC 12 sees an overlap in std::string's operator+ that is not there (GCC bug 105651).
  target_compile_options(${target} PRIVATE
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>)
  if(TEXFLOW_SANITIZE)
    target_compile_options(${target} PUBLIC -fsanitize=address,undefined -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=address,undefined)
  endif()
  if(TEXFLOW_FUZZ)
    target_compile_options(${target} PUBLIC -fsanitize=fuzzer-no-link -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION)
  endif()
endfunction()

# A private include folder with links to header-only system libraries: -I/usr/include would break cross compilers' sysroots.
function(texflow_header_only_include out)
  set(dir ${CMAKE_BINARY_DIR}/header-only)
  file(MAKE_DIRECTORY ${dir})
  foreach(name IN LISTS ARGN)
    find_path(found_${name} ${name} PATHS /usr/include /usr/local/include NO_CMAKE_FIND_ROOT_PATH REQUIRED)
    file(CREATE_LINK ${found_${name}}/${name} ${dir}/${name} SYMBOLIC)
  endforeach()
  set(${out} ${dir} PARENT_SCOPE)
endfunction()
