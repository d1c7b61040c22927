// SPDX-License-Identifier: Apache-2.0
// What commands ask for, from their descriptors alone.
#include "sim/report/work.h"

#include <catch2/catch.hpp>

#include "commands.h"

using namespace athena;
using namespace athena::test;
using sim::MacFormat;
using sim::Place;
using sim::Work;
using sim::work_of;

namespace {

std::uint64_t of(const std::array<std::uint64_t, sim::kPlaces>& bytes, Place place) {
    return bytes[static_cast<std::size_t>(place)];
}
std::uint64_t of(const std::array<std::uint64_t, sim::kMacFormats>& macs, MacFormat format) {
    return macs[static_cast<std::size_t>(format)];
}

}  // namespace

TEST_CASE("work: a product's multiply-adds, by format, and the bytes of its array") {
    const platform::BoardConfig board = mini_board();
    const Work work = work_of(matmul(0), 0, board);
    CHECK(of(work.macs, MacFormat::Bf16) == 16 * 16 * 16);
    CHECK(work.all_macs() == 4096);
    // A and B have 16 rows of 32 bytes, C 16 of 64; one block of 32 x 32 outputs.
    CHECK(work.tile_l1_bytes == 512 + 512 + 1024);
    CHECK(work.dma_bytes() == 0);
    // FP8: rows of 16 bytes.
    const Work narrow = work_of(matmul(0, layout::OperandFormat::E5m2), 0, board);
    CHECK(of(narrow.macs, MacFormat::Fp8) == 4096);
    CHECK(narrow.tile_l1_bytes == 256 + 256 + 1024);
}

TEST_CASE("work: operands are taken again for each block of C; C itself once more to accumulate") {
    // 40 x 70 outputs on a 16 x 16 array: 2 blocks of rows, 3 of columns; k = 16.
    Descriptor descriptor = matmul(0);
    layout::MatmulView view(first_line(descriptor));
    view.set_m(40);
    view.set_n(70);
    view.set_b_addr(0x1000);
    view.set_b_ld(5);  // 70 * 2 bytes in 160
    view.set_c_addr(0x2000);
    view.set_c_ld(9);  // 70 * 4 bytes in 288
    view.set_accumulate(1);
    const Work work = work_of(descriptor, 0, mini_board());
    CHECK(work.all_macs() == 40 * 70 * 16);
    CHECK(work.tile_l1_bytes == 3 * (40 * 32) + 2 * (16 * 140) + 2 * (40 * 280));
}

TEST_CASE("work: a copy's bytes by where they come from and go to") {
    const platform::BoardConfig board = mini_board({"cluster.count=2"});
    const std::uint64_t l1 = platform::tile_base(0, 0);
    const std::uint64_t sram = platform::cluster_base(0) + platform::kSramOffset;
    Work work = work_of(copy(0, kHbm, l1, 100), 0, board);
    CHECK(of(work.read, Place::Hbm) == 100);
    CHECK(of(work.written, Place::OwnL1) == 100);
    CHECK(work.hbm_bytes() == 100);
    CHECK(work.link_in() == 100);
    CHECK(work.link_out() == 0);
    work = work_of(copy(0, sram, kRam + 5, 60), 0, board);
    CHECK(of(work.read, Place::OwnSram) == 60);
    CHECK(of(work.written, Place::Ram) == 60);
    CHECK(work.link_in() == 0);
    CHECK(work.link_out() == 60);
    // By the engine of the other cluster.
    work = work_of(copy(0, kHbm, l1, 8), 1, board);
    CHECK(of(work.written, Place::OtherCluster) == 8);
    CHECK(work.link_in() == 8);
    CHECK(work.link_out() == 8);
    CHECK(sim::place_of(0x1000'0000, 0, board) == Place::Elsewhere);
    CHECK(sim::place_of(kHbm + board.hbm.size, 0, board) == Place::Elsewhere);
}

TEST_CASE("work: a multicast is read once and written to each destination, a fill reads nothing") {
    const platform::BoardConfig board = mini_board({"tile.count=4"});
    Descriptor descriptor = empty(layout::Opcode::CopyNd, 0);
    layout::CopyNdView view(std::span<std::byte, 128>(descriptor.bytes));
    view.set_element_log2(1);
    view.set_src(kHbm);
    view.set_dst(platform::tile_base(0, 0));
    view.set_cols(8);
    view.set_rows(3);
    view.set_size2(2);
    view.set_size3(1);
    view.set_size4(1);
    view.set_src_stride1(16);
    view.set_dst_stride1(16);
    view.set_src_stride2(64);
    view.set_dst_stride2(64);
    view.set_multicast(0b1011);
    view.set_multicast_stride(static_cast<std::uint32_t>(platform::kTileStride));
    Work work = work_of(descriptor, 0, board);
    CHECK(of(work.read, Place::Hbm) == 2 * 3 * 8 * 2);
    CHECK(of(work.written, Place::OwnL1) == 3 * 2 * 3 * 8 * 2);
    CHECK(work.dma_bytes() == 288);

    Descriptor fill = empty(layout::Opcode::Fill, 0);
    layout::FillView fill_view(first_line(fill));
    fill_view.set_element_log2(2);
    fill_view.set_dst(kHbm);
    fill_view.set_cols(5);
    fill_view.set_rows(2);
    fill_view.set_dst_stride(20);
    work = work_of(fill, 0, board);
    CHECK(of(work.written, Place::Hbm) == 40);
    CHECK(work.link_in() == 0);
    CHECK(work.link_out() == 40);
}

TEST_CASE("work: a vector operation's elements, passes and bytes of SRAM") {
    Descriptor descriptor = empty(layout::Opcode::Vector, 0);
    layout::VectorView view(std::span<std::byte, 128>(descriptor.bytes));
    view.set_operation(layout::VectorOperation::Exp);  // 8 passes (models/vector/README.md)
    view.set_rows(3);
    view.set_columns(10);
    view.set_a_format(layout::VectorFormat::Bf16);
    view.set_a_ld(20);
    view.set_out_addr(0x1000);
    view.set_out_ld(40);
    const Work work = work_of(descriptor, 0, mini_board());
    CHECK(work.vector_elements == 30);
    CHECK(work.vector_operations == 240);
    CHECK(work.vector_sram_bytes == 3 * 20 + 3 * 40);
}

TEST_CASE("work: a gather reads as many rows of its table as it gives") {
    Descriptor descriptor = empty(layout::Opcode::Vector, 0);
    layout::VectorView view(std::span<std::byte, 128>(descriptor.bytes));
    view.set_operation(layout::VectorOperation::Gather);
    view.set_rows(2);
    view.set_columns(4);
    view.set_entries(100);
    view.set_a_ld(16);
    view.set_b_format(layout::VectorFormat::Int32);
    view.set_b_spread(layout::Spread::Column);
    view.set_b_addr(0x4000);
    view.set_b_ld(4);
    view.set_out_addr(0x8000);
    view.set_out_ld(16);
    // 2 rows of 16 bytes from the table and to the result, and 2 indices of 4 bytes.
    CHECK(work_of(descriptor, 0, mini_board()).vector_sram_bytes == 2 * 16 + 2 * 4 + 2 * 16);
}
