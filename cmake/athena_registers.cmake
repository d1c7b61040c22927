# SPDX-License-Identifier: Apache-2.0
# athena_registers(<target> <block>.regs.toml): generates the block's register files and lets the target use them.
include_guard()
find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)

set(ATHENA_GENERATED ${CMAKE_BINARY_DIR}/generated)
# ATHENA_REGS is the generator.
get_filename_component(scripts ${ATHENA_REGS} DIRECTORY)
file(GLOB ATHENA_REGS_SCRIPT CONFIGURE_DEPENDS ${ATHENA_REGS} ${scripts}/regslib/*.py)

# Generated files, under ${ATHENA_GENERATED}: cpp/regs/<block>_regs.h (on the target's include path), c/<block>_regs.h,
# sv/<block>_regs_pkg.sv, sv/<block>_csr.sv, docs/<block>.md, rdl/<block>.rdl, names/<block>.txt. Whoever uses another
# of them than the C++ header depends on the custom target regs_<block>.

# Runs the generator once for each description, whoever asks first. Sets <out> to the name of its custom target.
function(athena_register_files description out)
    get_filename_component(file ${description} NAME)
    string(REPLACE ".regs.toml" "" block ${file})
    set(${out} regs_${block} PARENT_SCOPE)
    if(TARGET regs_${block})
        return()
    endif()
    set(outputs
        ${ATHENA_GENERATED}/cpp/regs/${block}_regs.h ${ATHENA_GENERATED}/c/${block}_regs.h
        ${ATHENA_GENERATED}/sv/${block}_regs_pkg.sv ${ATHENA_GENERATED}/docs/${block}.md
        ${ATHENA_GENERATED}/rdl/${block}.rdl ${ATHENA_GENERATED}/names/${block}.txt
        ${ATHENA_GENERATED}/sv/${block}_csr.sv)
    list(GET outputs 0 cpp)
    list(GET outputs 1 c)
    list(GET outputs 2 sv)
    list(GET outputs 3 md)
    list(GET outputs 4 rdl)
    list(GET outputs 5 names)
    list(GET outputs 6 csr)
    add_custom_command(
        OUTPUT ${outputs}
        COMMAND Python3::Interpreter -B ${ATHENA_REGS} ${description}
            --cpp ${cpp} --c ${c} --sv ${sv} --sv-csr ${csr}
            --md ${md} --rdl ${rdl} --names ${names}
        DEPENDS ${description} ${ATHENA_REGS_SCRIPT}
        COMMENT "Registers of ${block}"
        VERBATIM)
    add_custom_target(regs_${block} ALL DEPENDS ${outputs})
endfunction()

function(athena_registers target description)
    athena_register_files(${description} generator)
    add_dependencies(${target} ${generator})
    target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${ATHENA_GENERATED}/cpp>)
endfunction()
