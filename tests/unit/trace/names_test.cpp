// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/names.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "unit/report/commands.h"

using namespace athena;
using namespace athena::sim::trace;

namespace {

struct Named {
    platform::BoardConfig board = test::mini_board();
    [[nodiscard]] std::string of(const command::Descriptor& descriptor) const {
        return std::string(CommandName(name_key(descriptor, 0, board)).text());
    }
};

}  // namespace

TEST_CASE("trace: a product is called by its shape, formats and flags") {
    const Named named;
    auto product = test::matmul(1);
    CHECK(named.of(product) == "matmul 16x16x16 bf16 x bf16 -> fp32");
    test::layout::MatmulView view(test::first_line(product));
    view.set_k(128);
    view.set_b_format(test::layout::OperandFormat::Mxfp8E4m3);
    view.set_c_format(test::layout::ResultFormat::Bf16);
    view.set_transpose_b(1);
    view.set_accumulate(1);
    CHECK(named.of(product) == "matmul 16x16x128 bf16 x mxfp8 e4m3^T -> bf16 + C");
}

TEST_CASE("trace: a transfer is called by its extent and the memories it moves between") {
    const Named named;
    CHECK(named.of(test::copy(1, test::kHbm, test::kRam, 4096)) ==
          "copy 1x4096 of 1 B, HBM -> RAM");
    auto copy = test::copy(1, test::kRam, platform::tile_base(0, 0), 48);
    test::layout::CopyView view(test::first_line(copy));
    view.set_rows(3);
    view.set_element_log2(2);
    view.set_transpose(1);
    CHECK(named.of(copy) == "copy 3x48 of 4 B transposed, RAM -> L1");
}

TEST_CASE("trace: a vector command is called by its operation, extent and formats") {
    CHECK(Named().of(test::exponential(1)) == "vector exp 1x4 fp32 -> fp32");
}

TEST_CASE("trace: each name has one number, up to as many as there are") {
    NameTable table;
    std::set<std::uint32_t> iids;
    NameKey key{.opcode = command::Opcode::Copy};
    for (std::uint32_t i = 0; i < NameTable::kMost; ++i) {
        key.shape[1] = i;
        const auto found = table.find(key);
        CHECK(found.is_new);
        CHECK(found.iid != 0);
        iids.insert(found.iid);
    }
    CHECK(iids.size() == NameTable::kMost);
    key.shape[1] = NameTable::kMost;
    CHECK(table.find(key).iid == 0);
    key.shape[1] = 7;
    CHECK(!table.find(key).is_new);
    CHECK(iids.count(table.find(key).iid) == 1);
}
