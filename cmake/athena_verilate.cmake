# SPDX-License-Identifier: Apache-2.0
# athena_verilate(<target> TOP <module> SOURCES … [INCLUDES …] [ARGS …] [DEPENDS …]): a static library with the
# Verilated class V<module>, header V<module>.h. All of its C++ is one file, so that ccache and the
# compiler see a usual target. With ATHENA_RTL_COVERAGE the class counts lines and toggles, and cannot be saved.
include_guard()
option(ATHENA_RTL_COVERAGE "Count lines and toggles of Verilated RTL (scripts/coverage)" OFF)
find_program(VERILATOR verilator REQUIRED)
execute_process(COMMAND ${VERILATOR} --version OUTPUT_VARIABLE version OUTPUT_STRIP_TRAILING_WHITESPACE)
string(REGEX MATCH "Verilator [0-9.]+" version "${version}")
set(ATHENA_VERILATOR_VERSION "${version}" CACHE INTERNAL "Of Verilator, which athena --version says")
find_path(VERILATOR_INCLUDE verilated.h PATHS /usr/share/verilator/include REQUIRED)

add_library(athena_verilated_runtime STATIC
    ${VERILATOR_INCLUDE}/verilated.cpp ${VERILATOR_INCLUDE}/verilated_save.cpp
    ${VERILATOR_INCLUDE}/verilated_threads.cpp ${VERILATOR_INCLUDE}/verilated_fst_c.cpp
    ${VERILATOR_INCLUDE}/verilated_cov.cpp ${CMAKE_SOURCE_DIR}/rtl/runtime/verilated_print.cpp)
target_link_libraries(athena_verilated_runtime PUBLIC ZLIB::ZLIB)
target_include_directories(athena_verilated_runtime SYSTEM PUBLIC $<BUILD_INTERFACE:${VERILATOR_INCLUDE}>
    $<BUILD_INTERFACE:${VERILATOR_INCLUDE}/vltstd>)
target_compile_features(athena_verilated_runtime PUBLIC cxx_std_20)
target_include_directories(athena_verilated_runtime PUBLIC $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/rtl>)
target_compile_options(athena_verilated_runtime PRIVATE -w)
athena_export(athena_verilated_runtime verilated_runtime)
set_source_files_properties(${VERILATOR_INCLUDE}/verilated.cpp PROPERTIES COMPILE_OPTIONS
    "-include;runtime/verilated_print.h;-DVL_PRINTF=athena::rtl::print")

# The array's loops become vector code with AVX2 and up, five times faster (docs/tile.md, "Speed"). Named, not
# `native`: flags say all about the objects, as ccache expects.
include(CheckCXXSourceRuns)
check_cxx_source_runs("int main() { return !__builtin_cpu_supports(\"x86-64-v3\"); }" ATHENA_X86_64_V3)

function(athena_verilate target)
    cmake_parse_arguments(ARG "" "TOP" "SOURCES;INCLUDES;ARGS;DEPENDS" ${ARGN})
    set(folder ${CMAKE_CURRENT_BINARY_DIR}/${target})
    set(class ${folder}/V${ARG_TOP})
    set(includes)
    foreach(include IN LISTS ARG_INCLUDES)
        list(APPEND includes -I${include})
        file(GLOB headers CONFIGURE_DEPENDS ${include}/*.svh)
        list(APPEND ARG_DEPENDS ${headers})
    endforeach()
    # Waves: closed, they cost nothing busy and 4 % idle; arrays of more than 16 words (L1, panels) are not in them:
    # an open one makes the busy tile 3.9 times slower, 4.7 times with arrays of 64 (bench_tile_rtl).
    # Loops stay loops (--unroll-count 0): small code, fast to compile and to run (docs/tile.md).
    set(kind --savable)
    set(optimise -O3)
    if(ATHENA_SANITIZE)  # it is not what they look at, nor fast among the rest
        set(optimise -O1 -g0)
    endif()
    set(counters)
    if(ATHENA_RTL_COVERAGE)  # small functions and -O1: else the compiler needs more than ten minutes
        set(kind --coverage-line --coverage-toggle --coverage-max-width 128 --output-split-cfuncs 400)
        set(optimise -O1)
        # Whether, not how often: plain memory, which loops need not wait for.
        set(counters COMMAND sh -c "cd ${folder} && sed -i -e 's/std::atomic<uint32_t>/uint32_t/g' -e 's/[.]fetch_add(1, std::memory_order_relaxed)/ |= 1/' *.h *.cpp")
    endif()
    add_custom_command(
        OUTPUT ${class}.h ${class}__ALL.cpp
        COMMAND ${CMAKE_COMMAND} -E rm -rf ${folder}
        COMMAND ${VERILATOR} --cc --assert ${kind} -O3 --unroll-count 0 --output-split 0 -Wall
            --trace-fst --trace-max-array 16
            --Mdir ${folder} --top-module ${ARG_TOP} ${includes} ${ARG_ARGS} ${ARG_SOURCES}
        ${counters}
        COMMAND sh -c "cd ${folder} && ls V${ARG_TOP}*.cpp | sed 's/.*/#include \"&\"/' > all && mv all V${ARG_TOP}__ALL.cpp"
        DEPENDS ${ARG_SOURCES} ${ARG_DEPENDS}
        COMMENT "Verilating ${ARG_TOP}"
        VERBATIM)
    add_library(${target} STATIC ${class}__ALL.cpp)
    if(ATHENA_RTL_COVERAGE)
        configure_file(${CMAKE_SOURCE_DIR}/rtl/coverage/counted.h.in ${folder}_counted/V${ARG_TOP}.h @ONLY)
        target_include_directories(${target} SYSTEM INTERFACE $<BUILD_INTERFACE:${folder}_counted>)
    endif()
    target_include_directories(${target} SYSTEM PUBLIC $<BUILD_INTERFACE:${folder}>)
    target_compile_options(${target} PRIVATE -w ${optimise} $<$<BOOL:${ATHENA_X86_64_V3}>:-march=x86-64-v3>)
    target_link_libraries(${target} PUBLIC athena_verilated_runtime)
endfunction()
