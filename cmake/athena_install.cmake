# SPDX-License-Identifier: Apache-2.0
# `cmake --install` and the Debian packages (docs/install.md). Component `program` is athena with boards and firmware,
# `dev` headers, libraries and the CMake package. Programs, boards and firmware are installed where they are built.
include(CMakePackageConfigHelpers)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/athena)
foreach(folder models/ platform sim ${ATHENA_GENERATED}/cpp/)
    install(DIRECTORY ${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/athena COMPONENT dev
        FILES_MATCHING PATTERN "*.h")
endforeach()
install(PROGRAMS scripts/regs DESTINATION ${ATHENA_SHARE}/scripts COMPONENT dev)
install(DIRECTORY scripts/regslib DESTINATION ${ATHENA_SHARE}/scripts COMPONENT dev FILES_MATCHING PATTERN "*.py")

install(EXPORT athena NAMESPACE athena:: FILE athenaTargets.cmake DESTINATION ${package_folder} COMPONENT dev)
configure_package_config_file(cmake/athenaConfig.cmake.in ${CMAKE_BINARY_DIR}/athenaConfig.cmake
    INSTALL_DESTINATION ${package_folder} PATH_VARS ATHENA_SHARE)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/athenaConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/athenaConfig.cmake ${CMAKE_BINARY_DIR}/athenaConfigVersion.cmake
    cmake/athena_packages.cmake cmake/athena_registers.cmake
    DESTINATION ${package_folder} COMPONENT dev)

# cpack -G DEB: athena-vp, which runs, and athena-vp-dev, to build on. What athena-vp links to is found in the program.
set(CPACK_PACKAGE_NAME athena-vp)
set(CPACK_PACKAGE_VENDOR "Athena VP")
set(CPACK_PACKAGE_CONTACT "Athena VP maintainers <maintainers@athena-vp.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "virtual board of an accelerator for training large language models")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL program dev)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION electronics)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME athena-vp)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SUGGESTS "opensbi, u-boot-qemu, gdb-multiarch, bash-completion")
set(CPACK_DEBIAN_DEV_PACKAGE_NAME athena-vp-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "athena-vp (= ${PROJECT_VERSION}), cmake, g++, libcli11-dev, libelf-dev, libfdt-dev, libfmt-dev, \
libhwy-dev, libslirp-dev, libsystemc-dev, nlohmann-json3-dev, python3, zlib1g-dev")
include(CPack)
