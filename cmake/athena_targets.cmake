# SPDX-License-Identifier: Apache-2.0
# Flags and external packages that the folders share.
include_guard()

add_library(athena_flags INTERFACE)
target_compile_features(athena_flags INTERFACE cxx_std_20)
# No contraction: fused operations are written where they are meant (docs/numerics.md).
target_compile_options(athena_flags INTERFACE
    $<$<COMPILE_LANGUAGE:CXX,C>:-Wall -Wextra -Wconversion -Wshadow -Werror -ffp-contract=off>)
# GCC 12 sees overlapping copies in std::string's operator+ where there are none (GCC bug 105651).
target_compile_options(athena_flags INTERFACE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-restrict>)
target_include_directories(athena_flags INTERFACE ${CMAKE_SOURCE_DIR}/models ${CMAKE_SOURCE_DIR})
if(ATHENA_SANITIZE)
    target_compile_options(athena_flags INTERFACE
        -fsanitize=${ATHENA_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    # With sanitizers GCC 12 takes members of std::function for uninitialized (GCC bug 105562).
    target_compile_options(athena_flags INTERFACE
        $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-maybe-uninitialized>)
    target_link_options(athena_flags INTERFACE -fsanitize=${ATHENA_SANITIZE})
endif()
if(ATHENA_COVERAGE)
    target_compile_options(athena_flags INTERFACE --coverage)
    target_link_options(athena_flags INTERFACE --coverage)
endif()

# Debian's libsystemc is built as C++17; its version check has to be told so from C++20.
find_library(SYSTEMC_LIBRARY systemc REQUIRED)
find_path(SYSTEMC_INCLUDE_DIR systemc REQUIRED)
add_library(athena_systemc INTERFACE)
target_include_directories(athena_systemc SYSTEM INTERFACE ${SYSTEMC_INCLUDE_DIR})
target_compile_definitions(athena_systemc INTERFACE SC_CPLUSPLUS=201703L)
target_link_libraries(athena_systemc INTERFACE ${SYSTEMC_LIBRARY})

# athena_library(<folder> SOURCES … LIBS …): the static library of a folder, athena::<folder>.
function(athena_library name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
    add_library(athena_${name} STATIC ${ARG_SOURCES})
    add_library(athena::${name} ALIAS athena_${name})
    target_link_libraries(athena_${name} PUBLIC athena_flags ${ARG_LIBS})
endfunction()
