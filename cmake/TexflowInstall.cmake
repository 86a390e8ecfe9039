# `cmake --install`: headers, static libraries and the package texflow with the targets texflow::engine, texflow::loader and
# texflow::converter.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(texflow_package ${CMAKE_INSTALL_LIBDIR}/cmake/texflow)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/engine/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS texflow_core texflow_glad texflow_engine EXPORT texflowTargets)
if(TARGET texflow_loader)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/loader/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(TARGETS texflow_loader EXPORT texflowTargets)
endif()
if(TARGET texflow_converter)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/converter/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(TARGETS texflow_converter EXPORT texflowTargets)
endif()
install(EXPORT texflowTargets NAMESPACE texflow:: DESTINATION ${texflow_package})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/texflowConfig.cmake.in
  ${PROJECT_BINARY_DIR}/texflowConfig.cmake INSTALL_DESTINATION ${texflow_package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/texflowConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/texflowConfig.cmake ${PROJECT_BINARY_DIR}/texflowConfigVersion.cmake
        DESTINATION ${texflow_package})
