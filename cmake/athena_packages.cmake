# SPDX-License-Identifier: Apache-2.0
# What the libraries link to. The installed CMake package reads this file as well (docs/install.md).
include_guard(GLOBAL)
find_package(CLI11 REQUIRED)
find_package(fmt REQUIRED)
find_package(hwy REQUIRED CONFIG)
find_package(nlohmann_json REQUIRED)
find_package(ZLIB REQUIRED)

# Those that bring no CMake package: athena_external::<name>.
foreach(external "systemc systemc" "elf libelf.h" "fdt libfdt.h" "slirp slirp/libslirp.h")
    separate_arguments(external)
    list(GET external 0 name)
    list(GET external 1 header)
    find_library(ATHENA_${name}_LIBRARY ${name} REQUIRED)
    find_path(ATHENA_${name}_INCLUDE ${header} REQUIRED)
    add_library(athena_external::${name} UNKNOWN IMPORTED)
    set_target_properties(athena_external::${name} PROPERTIES
        IMPORTED_LOCATION ${ATHENA_${name}_LIBRARY}
        INTERFACE_INCLUDE_DIRECTORIES ${ATHENA_${name}_INCLUDE})
endforeach()
# Debian's libsystemc is built as C++17; its version check has to be told so from C++20.
set_target_properties(athena_external::systemc PROPERTIES INTERFACE_COMPILE_DEFINITIONS SC_CPLUSPLUS=201703L)
