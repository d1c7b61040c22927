# SPDX-License-Identifier: Apache-2.0
# Flags that the folders share.
include_guard()

# athena_export(<target> <name>): athena::<name> of the installed CMake package (athena_install.cmake).
function(athena_export target name)
    set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
    install(TARGETS ${target} EXPORT athena ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev)
endfunction()

add_library(athena_flags INTERFACE)
target_compile_features(athena_flags INTERFACE cxx_std_20)
# No contraction: fused operations are written where they are meant (docs/numerics.md).
target_compile_options(athena_flags INTERFACE
    "$<BUILD_INTERFACE:$<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wall;-Wextra;-Wconversion;-Wshadow;-Werror>>"
    "$<BUILD_INTERFACE:$<$<COMPILE_LANG_AND_ID:C,GNU>:-Wall;-Wextra;-Wconversion;-Wshadow;-Werror>>"
    # GCC judges the code; Clang builds it for libFuzzer (tests/fuzz/guided).
    "$<BUILD_INTERFACE:$<$<COMPILE_LANG_AND_ID:CXX,Clang>:-w>>"
    $<$<COMPILE_LANGUAGE:CXX,C>:-ffp-contract=off>)
# GCC 12 sees overlapping copies in std::string's operator+ where there are none (GCC bug 105651).
target_compile_options(athena_flags INTERFACE $<BUILD_INTERFACE:$<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-restrict>>)
target_include_directories(athena_flags INTERFACE
    $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/models> $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/athena>)
athena_export(athena_flags flags)
if(ATHENA_SANITIZE)
    target_compile_options(athena_flags INTERFACE
        -fsanitize=${ATHENA_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    # What libFuzzer looks at.
    target_compile_options(athena_flags INTERFACE
        $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-fsanitize=fuzzer-no-link>
        $<$<COMPILE_LANG_AND_ID:C,Clang>:-fsanitize=fuzzer-no-link>)
    # With sanitizers GCC 12 takes members of std::function for uninitialized (GCC bug 105562).
    target_compile_options(athena_flags INTERFACE
        $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-maybe-uninitialized>)
    target_link_options(athena_flags INTERFACE -fsanitize=${ATHENA_SANITIZE})
endif()
if(ATHENA_COVERAGE)
    target_compile_options(athena_flags INTERFACE --coverage)
    target_link_options(athena_flags INTERFACE --coverage)
endif()

# athena_library(<folder> SOURCES … LIBS …): the static library of a folder, athena::<folder>.
function(athena_library name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
    add_library(athena_${name} STATIC ${ARG_SOURCES})
    add_library(athena::${name} ALIAS athena_${name})
    target_link_libraries(athena_${name} PUBLIC athena_flags ${ARG_LIBS})
    athena_export(athena_${name} ${name})
endfunction()
