# SPDX-License-Identifier: Apache-2.0
include_guard()
find_package(Catch2 2 REQUIRED)

add_library(athena_test_main STATIC ${CMAKE_SOURCE_DIR}/tests/test_main.cpp)
target_link_libraries(athena_test_main PUBLIC athena_flags Catch2::Catch2)
if(ATHENA_SANITIZE)
    # All of Catch2, which takes minutes with sanitizers.
    target_compile_options(athena_test_main PRIVATE -O0 -fno-sanitize=all)
endif()
# What scripts/test builds and runs with sanitizers, and with --slow: athena_add_fuzz adds to them.
add_custom_target(fuzz)
add_custom_target(fuzz_slow)
add_dependencies(fuzz_slow fuzz)

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

# athena_add_system_test(<name> <script> [ARGUMENT…]): a Python test of the program build/athena. It is called with the
# program's path, the RISC-V cross compiler's, and the arguments.
function(athena_add_system_test name script)
    add_test(NAME ${name}
        COMMAND Python3::Interpreter -B ${CMAKE_CURRENT_SOURCE_DIR}/${script} $<TARGET_FILE:athena> ${RISCV_CC} ${ARGN})
    set_tests_properties(${name} PROPERTIES LABELS system TIMEOUT 300)
endfunction()

# athena_add_training_test(<program> <name> [SLOW] [TEXT <file>] [OPTIONS <of board_test.py>…] ARGUMENTS <of the program>…):
# system_<program>_board_<name> compares a training program with its reference, by the folder's board_test.py.
function(athena_add_training_test program name)
    cmake_parse_arguments(ARG "SLOW" "TEXT" "OPTIONS;ARGUMENTS" ${ARGN})
    if(NOT ARG_TEXT)
        set(ARG_TEXT ${ATHENA_CHARLM_TEXT})
    endif()
    set(labels system)
    set(timeout 600)
    if(ARG_SLOW)
        list(APPEND labels slow)
        set(timeout 3600)
    endif()
    add_test(NAME system_${program}_board_${name}
        COMMAND Python3::Interpreter -B ${CMAKE_CURRENT_SOURCE_DIR}/board_test.py ${ARG_OPTIONS}
            $<TARGET_FILE:athena> $<TARGET_FILE:${program}_reference> ${ARG_TEXT} ${ARG_ARGUMENTS})
    set_tests_properties(system_${program}_board_${name} PROPERTIES LABELS "${labels}" TIMEOUT ${timeout})
endfunction()

# athena_add_fuzz(<name> <seeds> [SLOW] SOURCES … LIBS …): a unit test that scripts/test runs with sanitizers too, and there,
# with --slow, with so many seeds from a random one on (tests/fuzz/any_seed). SLOW: only with --slow, for what it links.
function(athena_add_fuzz name seeds)
    cmake_parse_arguments(ARG "SLOW" "" "" ${ARGN})
    athena_add_unit_test(${name} ${ARG_UNPARSED_ARGUMENTS} LABELS unit fuzz)
    if(ARG_SLOW)
        add_dependencies(fuzz_slow ${name})
    else()
        add_dependencies(fuzz ${name})
    endif()
    if(ATHENA_SANITIZE)
        add_test(NAME ${name}_slow COMMAND ${CMAKE_SOURCE_DIR}/tests/fuzz/any_seed $<TARGET_FILE:${name}> ${seeds})
        set_tests_properties(${name}_slow PROPERTIES LABELS "fuzz;slow" TIMEOUT 3600)
        if(ARG_SLOW)
            set_tests_properties(${name} PROPERTIES LABELS "fuzz;slow")
        endif()
        # Catch2 catches the signal and says the seed.
        set_tests_properties(${name} ${name}_slow PROPERTIES
            ENVIRONMENT "ASAN_OPTIONS=abort_on_error=1;UBSAN_OPTIONS=abort_on_error=1:print_stacktrace=1")
    endif()
endfunction()
