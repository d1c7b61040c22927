# SPDX-License-Identifier: Apache-2.0
include_guard()
find_package(Catch2 2 REQUIRED)

add_library(athena_test_main STATIC ${CMAKE_SOURCE_DIR}/tests/test_main.cpp)
target_link_libraries(athena_test_main PUBLIC athena_flags Catch2::Catch2)

# athena_add_unit_test(<name> SOURCES … LIBS … [LABELS …] [TIMEOUT s]): a Catch2 program and one CTest test.
function(athena_add_unit_test name)
    cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LIBS;LABELS" ${ARGN})
    if(NOT ARG_LABELS)
        set(ARG_LABELS unit)
    endif()
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 120)
    endif()
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE athena_test_main ${ARG_LIBS})
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT})
endfunction()
