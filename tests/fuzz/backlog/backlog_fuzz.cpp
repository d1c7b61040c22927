// SPDX-License-Identifier: Apache-2.0
// Two clusters whose works wait in a backlog against two that do them at once: random copies,
// products and vector operations on shared memory, and somebody who looks at any of it at any time,
// see the same. ATHENA_FUZZ=N goes through N seeds.
#include <random>

#include "fuzz/parsers/mutator.h"
#include "regs/dma_regs.h"
#include "regs/vector_regs.h"
#include "unit/dma/command_lines.h"
#include "unit/iopmp/cluster_bench.h"

using namespace athena;
using namespace athena::test;
namespace layout = regs::descriptor;

namespace {

constexpr int kSteps = 600;
constexpr std::uint64_t kL1Used = 0x2000;  // what random ranges lie in: they shall meet often
constexpr std::uint64_t kSramUsed = 0x4000;
constexpr std::uint64_t kMemoryUsed = 0x4000;

struct Region {
    std::uint64_t base;
    std::uint64_t size;
};

/// Bytes that the two runs have to agree on, in order.
struct Seen {
    std::vector<std::byte> bytes;
    std::string log;
    std::uint64_t settled = 0;

    void add(std::span<const std::byte> more) {
        bytes.insert(bytes.end(), more.begin(), more.end());
    }
    void add(tlm::tlm_response_status status) { bytes.push_back(static_cast<std::byte>(status)); }
};

class Run {
  public:
    Run(std::uint32_t seed, bool defers, unsigned threads)
        : random_(seed), bench_(defers, threads) {
        for (std::uint64_t cluster = 0; cluster < 2; ++cluster) {
            for (std::uint64_t tile = 0; tile < 2; ++tile) {
                regions_.push_back({platform::tile_base(cluster, tile), kL1Used});
            }
            regions_.push_back({sram_base(cluster), kSramUsed});
        }
        regions_.push_back({kRam, kMemoryUsed});
        for (int i = 0; i < 5; ++i) {  // where clusters meet
            regions_.push_back({kHbm, kMemoryUsed});
        }
        for (const Region& region : regions_) {
            fill(region);
        }
    }

    Seen run() {
        for (int step = 0; step < kSteps; ++step) {
            switch (below(10)) {
                case 0:
                    look();
                    break;
                case 1:
                    multiply();
                    break;
                case 2:
                case 3:
                    compute();
                    break;
                case 4:
                    seen_.add(pass(below(2)));
                    break;
                default:
                    move();
            }
        }
        bench_.run();
        for (const Region& region : regions_) {
            seen_.add(bench_.peek(region.base, region.size));
        }
        seen_.log = bench_.log();
        seen_.settled = bench_.backlog() == nullptr ? 0 : bench_.backlog()->epoch();
        return seen_;
    }

  private:
    [[nodiscard]] std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
    [[nodiscard]] std::uint32_t size(std::uint64_t limit) {
        return static_cast<std::uint32_t>(below(limit));
    }
    [[nodiscard]] const Region& region() { return regions_[below(regions_.size())]; }

    // Small numbers of BF16 and FP32 alike.
    void fill(const Region& region) {
        std::vector<std::byte> bytes(region.size);
        for (std::size_t at = 0; at < bytes.size(); at += 2) {
            const auto value = static_cast<std::uint16_t>(0x3F00 + random_() % 0x100);
            std::memcpy(&bytes[at], &value, 2);
        }
        bench_.poke(region.base, bytes);
    }
    tlm::tlm_response_status pass(std::uint64_t microseconds) {
        bench_.run(microseconds + 1);
        return tlm::TLM_OK_RESPONSE;
    }

    void look() {
        const Region& where = region();
        const std::uint64_t address = where.base + below(where.size - 256);
        std::vector<std::byte> bytes(1 + below(256));
        for (std::byte& byte : bytes) {
            byte = static_cast<std::byte>(random_() % 0x40);
        }
        switch (below(where.base == kHbm ? 6 : 4)) {
            case 0:
                seen_.add(bench_.access(tlm::TLM_READ_COMMAND, address, bytes));
                break;
            case 1:
                seen_.add(bench_.access(tlm::TLM_WRITE_COMMAND, address, bytes));
                return;
            case 2:
                bytes = bench_.peek(address, bytes.size());
                break;
            case 3:
                bench_.poke(address, bytes);
                return;
            case 4:
                std::memcpy(bytes.data(), bench_.direct(address), bytes.size());
                break;
            default:
                std::memcpy(bench_.direct(address), bytes.data(), bytes.size());
                return;
        }
        seen_.add(bytes);
    }

    void push(std::uint64_t address, std::span<const std::byte> lines) {
        std::vector<std::byte> copy(lines.begin(), lines.end());
        seen_.add(bench_.access(tlm::TLM_WRITE_COMMAND, address, copy));
    }

    // From and to anywhere; now and then with other engines' ranges in the way.
    void move() {
        const std::uint64_t queue = platform::cluster_base(below(2)) + platform::kDmaOffset +
                                    regs::dma::kQueueOffset + below(2) * regs::dma::kQueueStride;
        const Region& from = region();
        const Region& to = region();
        const std::uint64_t source = from.base + below(from.size / 2);
        const std::uint64_t destination = to.base + below(to.size / 2);
        const auto tag = size(1000);
        const unsigned log2_element = size(4);
        const std::uint32_t columns = 1 + size(256u >> log2_element);
        const std::uint32_t rows = 1 + size(12);
        const auto row = std::int64_t{columns} << log2_element;
        const auto gap = static_cast<std::int64_t>(below(3) * below(200));
        switch (below(4)) {
            case 0:
                push(queue, nd_lines({.src = source,
                                      .dst = destination,
                                      .cols = columns / 2 + 1,
                                      .rows = rows / 2 + 1,
                                      .sizes = {1 + size(2), 1 + size(2), 1},
                                      .src_strides = {row, 300, -200, 0},
                                      .dst_strides = {row + gap, 1000, 2000, 0},
                                      .multicast = size(4),
                                      .multicast_stride = 0x1800,
                                      .element_log2 = log2_element,
                                      .transpose = below(4) == 0,
                                      .tag = tag}));
                break;
            case 1:
                push(queue, fill_line({.pattern = below(64),
                                       .dst = destination,
                                       .cols = columns,
                                       .rows = rows,
                                       .dst_stride = row + gap,
                                       .element_log2 = log2_element,
                                       .tag = tag}));
                break;
            default:
                push(queue, copy_line({.src = source,
                                       .dst = destination,
                                       .cols = columns,
                                       .rows = rows,
                                       .src_stride = below(8) == 0 ? -row : row + gap,
                                       .dst_stride = below(8) == 0 ? -row : row + gap,
                                       .element_log2 = log2_element,
                                       .transpose = below(6) == 0,
                                       .tag = tag}));
        }
    }

    void multiply() {
        std::array<std::byte, 64> line{};
        const layout::MatmulView view(line);
        layout::DescriptorView(line).set_opcode(layout::Opcode::Matmul);
        layout::DescriptorView(line).set_tag(size(1000));
        view.set_a_addr(size(0x20) * 32);
        view.set_b_addr(0x800 + size(0x20) * 32);
        view.set_c_addr(0x1000 + size(0x20) * 32);
        view.set_m(size(20));
        view.set_n(size(20));
        view.set_k(size(40));
        view.set_a_ld(3);
        view.set_b_ld(2);
        view.set_c_ld(3);
        view.set_accumulate(below(2) == 0);
        push(platform::tile_base(below(2), below(2)) + platform::kTileQueue, line);
    }

    void compute() {
        std::array<std::byte, 128> lines{};
        const layout::VectorView view(lines);
        const std::span<std::byte, 64> first(lines.data(), 64);
        layout::DescriptorView(first).set_opcode(layout::Opcode::Vector);
        layout::DescriptorView(first).set_tag(size(1000));
        view.set_operation(below(2) == 0 ? layout::VectorOperation::Add
                                         : layout::VectorOperation::Multiply);
        view.set_rows(1 + size(20));
        view.set_columns(1 + size(60));
        view.set_a_addr(size(0x100) * 4);
        view.set_b_addr(0x1000 + size(0x100) * 4);
        view.set_out_addr(0x2000 + size(0x100) * 4);
        view.set_a_ld(256);
        view.set_b_ld(256);
        view.set_out_ld(256);
        push(platform::vector_base(below(2), below(2)) + regs::vector::kQueueOffset, lines);
    }

    std::mt19937 random_;
    ClusterBench bench_;
    std::vector<Region> regions_;
    Seen seen_;
};

}  // namespace

TEST_CASE("backlog: nobody can tell whether works wait") {
    const std::uint32_t first = first_seed();
    const std::uint32_t seeds = iterations(40);
    std::uint64_t settled = 0;
    for (std::uint32_t seed = first; seed < first + seeds; ++seed) {
        INFO("replay: ATHENA_SEED=" << seed << " ATHENA_FUZZ=1 fuzz_backlog");
        const Seen at_once = Run(seed, false, 1).run();
        for (const unsigned threads : {1U, 3U}) {
            const Seen later = Run(seed, true, threads).run();
            CHECK(later.log == at_once.log);
            REQUIRE((later.bytes == at_once.bytes));
            settled += later.settled;
        }
    }
    CHECK(settled / seeds / 2 < kSteps / 4);  // else nothing has waited
}
