# SPDX-License-Identifier: Apache-2.0
# athena_revision(<out>): the file revision.h (ATHENA_REVISION: the commit's first 12 digits, or ""), made again where
# HEAD has moved. No revision for a tree that was unpacked within somebody else's repository.
if(CMAKE_SCRIPT_MODE_FILE)
    execute_process(COMMAND git -C ${SOURCE} rev-parse --short=12 HEAD
        OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    file(WRITE ${OUT} "#define ATHENA_REVISION \"${revision}\"\n")
    return()
endif()

include_guard()
function(athena_revision out)
    set(header ${CMAKE_CURRENT_BINARY_DIR}/revision/revision.h)
    set(${out} ${header} PARENT_SCOPE)
    execute_process(COMMAND git -C ${CMAKE_SOURCE_DIR} rev-parse --show-prefix --path-format=absolute --git-path logs/HEAD
        OUTPUT_VARIABLE answer RESULT_VARIABLE failed OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(failed OR NOT answer MATCHES "^\n")  # the prefix is empty at the top alone
        file(WRITE ${header} "#define ATHENA_REVISION \"\"\n")
        return()
    endif()
    string(STRIP "${answer}" moves)
    if(NOT EXISTS ${moves})
        set(moves)
    endif()
    add_custom_command(OUTPUT ${header}
        COMMAND ${CMAKE_COMMAND} -DSOURCE=${CMAKE_SOURCE_DIR} -DOUT=${header}
            -P ${CMAKE_SOURCE_DIR}/cmake/athena_revision.cmake
        DEPENDS ${moves} VERBATIM)
endfunction()
