# texflow_gl_loader(): sets up target texflow_glad, the GL loader that glad2 (a Python package) generates for desktop GL 3.3
# and GLES 3.0 together. Uses the glad of the system's Python, else installs it in a virtual environment of the build folder.
function(texflow_gl_loader)
  find_program(TEXFLOW_PYTHON NAMES python3 python REQUIRED)
  set(python ${TEXFLOW_PYTHON})
  execute_process(COMMAND ${python} -c "import glad; assert glad.__version__.startswith('2.')"
                  RESULT_VARIABLE missing OUTPUT_QUIET ERROR_QUIET)
  if(missing)
    set(venv ${PROJECT_BINARY_DIR}/python)
    if(WIN32)
      set(python ${venv}/Scripts/python.exe)
    else()
      set(python ${venv}/bin/python)
    endif()
    execute_process(COMMAND ${python} -c "import glad" RESULT_VARIABLE missing OUTPUT_QUIET ERROR_QUIET)
    if(missing)
      message(STATUS "Installing glad2 into ${venv}")
      execute_process(COMMAND ${TEXFLOW_PYTHON} -m venv ${venv} COMMAND_ERROR_IS_FATAL ANY)
      execute_process(COMMAND ${python} -m pip install --quiet glad2==2.0.8 COMMAND_ERROR_IS_FATAL ANY)
    endif()
  endif()

  set(out ${PROJECT_BINARY_DIR}/glad)
  string(JOIN "," extensions GL_EXT_color_buffer_float GL_EXT_color_buffer_half_float GL_KHR_parallel_shader_compile
         GL_ARB_get_program_binary GL_KHR_debug GL_KHR_robustness GL_EXT_robustness)
  add_custom_command(
    OUTPUT ${out}/src/gl.c ${out}/include/glad/gl.h
    COMMAND ${python} -m glad --quiet --reproducible --api gl:core=3.3,gles2=3.0 --merge --extensions ${extensions}
            --out-path ${out} c
    COMMENT "Generating the GL loader" VERBATIM)
  add_library(texflow_glad STATIC ${out}/src/gl.c ${out}/include/glad/gl.h)
  target_include_directories(texflow_glad SYSTEM PUBLIC $<BUILD_INTERFACE:${out}/include>)
endfunction()
