# SPDX-License-Identifier: Apache-2.0
# athena_plant_faults(<variable> OUT <folder> SOURCES … [INCLUDED …] [COUNT n] [SEED n]): copies of the sources with
# faults planted (mutate.py); the variable gets the copies of SOURCES, packages first.
include_guard()
set(ATHENA_FAULTS_FOLDER ${CMAKE_CURRENT_LIST_DIR})

function(athena_plant_faults variable)
    cmake_parse_arguments(ARG "" "OUT;COUNT;SEED" "SOURCES;INCLUDED;DEPENDS" ${ARGN})
    set(outputs ${ARG_OUT}/mutant_pkg.sv)
    foreach(source IN LISTS ARG_SOURCES)
        get_filename_component(name ${source} NAME)
        list(APPEND outputs ${ARG_OUT}/${name})
    endforeach()
    set(copies ${outputs})
    foreach(source IN LISTS ARG_INCLUDED)
        get_filename_component(name ${source} NAME)
        list(APPEND outputs ${ARG_OUT}/${name})
    endforeach()
    file(GLOB mutator CONFIGURE_DEPENDS ${ATHENA_FAULTS_FOLDER}/*.py)
    add_custom_command(
        OUTPUT ${outputs} ${ARG_OUT}/faults.json
        COMMAND Python3::Interpreter -B ${ATHENA_FAULTS_FOLDER}/mutate.py --out ${ARG_OUT}
            --faults ${ARG_COUNT} --seed ${ARG_SEED} ${ARG_SOURCES} ${ARG_INCLUDED}
        DEPENDS ${ARG_SOURCES} ${ARG_INCLUDED} ${mutator}
        COMMENT "Planting faults"
        VERBATIM)
    set(${variable} ${copies} PARENT_SCOPE)
endfunction()
