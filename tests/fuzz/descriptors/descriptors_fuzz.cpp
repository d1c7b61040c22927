// SPDX-License-Identifier: Apache-2.0
// Whatever stands in a ring, wherever the ring lies: the ring ends with a precise status or does
// what it says, nothing outside what it was granted changes, and another ring runs on.
// ATHENA_FUZZ=N goes through N seeds.
#include "descriptor_fuzzer.h"
#include "fuzz/parsers/mutator.h"

using namespace athena;
using namespace athena::test;

TEST_CASE("rings: random descriptors, places, sizes and doorbells") {
    const std::uint32_t first = first_seed();
    const std::uint32_t seeds = iterations(30);
    std::map<Status, int> seen;
    for (std::uint32_t seed = first; seed < first + seeds; ++seed) {
        INFO("replay: ATHENA_SEED=" << seed << " ATHENA_FUZZ=1 fuzz_descriptors 'rings*'");
        MarkedBoard board;
        DescriptorFuzzer fuzzer{Random(seed)};
        for (int round = 0; round < 150; ++round) {
            INFO("round " << round);
            fuzz_round(board, fuzzer, static_cast<std::byte>(round));
            for (const auto& [status, count] : check_rings(board)) {
                seen[status] += count;
            }
            end_round(board);
        }
    }
    if (seeds >= 30) {  // the fuzzer reaches what it is about
        for (const Status status :
             {Status::Ok, Status::BadOpcode, Status::Reserved, Status::UnsupportedFormat,
              Status::BadFlags, Status::BadAlignment, Status::BadRange, Status::Overlap,
              Status::ReadError, Status::WriteError, Status::BadEngine, Status::BadSemaphore,
              Status::SemaphoreOverflow, Status::FetchError, Status::NotGranted}) {
            INFO("status " << static_cast<int>(status));
            CHECK(seen[status] != 0);
        }
    }
}

TEST_CASE("fields: every field of every descriptor at the limits of its type") {
    constexpr std::array<std::uint64_t, 12> kValues = {
        0,           1,           0x7F,       0x80,  0x7FFF, 0x8000,
        0x7FFF'FFFF, 0x8000'0000, 1ULL << 63, ~0ULL, kHbm,   sram_base(1)};
    for (unsigned opcode = 0; opcode <= static_cast<unsigned>(Opcode::Fill); ++opcode) {
        MarkedBoard board;
        board.place(MarkedBoard::kLists, std::vector<std::byte>(MarkedBoard::kListLines * 64));
        const Lines base = good(static_cast<Opcode>(opcode));
        int accepted = 0;
        for (std::size_t width = 1; width <= 8; width *= 2) {
            for (std::size_t at = 0; at < bytes_of(base); at += width) {
                INFO("opcode " << opcode << ", " << width << " bytes at " << at);
                for (const std::uint64_t value : kValues) {
                    Lines lines = base;
                    std::memcpy(&lines[at], &value, width);
                    tame(lines);
                    INFO("value 0x" << std::hex << value);
                    board.place(MarkedBoard::ring_base(0), lines);
                    board.enable(0, MarkedBoard::ring_base(0), MarkedBoard::kRingSize);
                    board.doorbell(0, static_cast<std::uint32_t>(bytes_of(lines) / 64));
                    settle(board);
                    const auto seen = check_rings(board);
                    accepted += seen.at(Status::Ok) == 3 ? 1 : 0;
                    board.reset(0);
                    board.run();
                }
            }
            board.start_work(static_cast<std::byte>(width));
            board.run();
            REQUIRE(board.work_is_done());
            end_round(board);
        }
        CHECK(accepted != 0);
    }
}
