// SPDX-License-Identifier: Apache-2.0
#include "sim/dts.h"

#include "platform/device_tree.h"
#include "sim/decompile.h"
#include "sim/describe.h"

namespace athena::sim {

void print_device_tree(const DtsOptions& options, std::ostream& out) {
    const platform::BoardConfig board = load_board(options.board);
    (void)choose_blocks(options.board,
                        board);  // refuses a wrong --fidelity, as the other commands do
    decompile(platform::make_device_tree(board, {options.append, {}, {}, options.seed}), out);
}

}  // namespace athena::sim
