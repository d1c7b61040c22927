// SPDX-License-Identifier: Apache-2.0
#include "platform/board_file.h"

#include "platform/memory_map.h"
#include "target.h"

using namespace athena;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    test::may_refuse<platform::BoardFileError>([&] {
        const auto board = platform::parse_board(test::text_of(data, size), "b.toml", {});
        const auto map = platform::memory_map(board);
        for (std::size_t i = 1; i < map.size(); ++i) {
            CHECK(map[i - 1].last() < map[i].base);
        }
    });
    return 0;
}
