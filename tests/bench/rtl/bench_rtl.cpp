// SPDX-License-Identifier: Apache-2.0
// Clock cycles a second of the bare Verilated tile on one core: idle, and busy with products that
// keep the array multiplying. No wrapper, no bus: an upper bound for whoever puts the tile into a
// board. Times are the process's CPU time.
#include <verilated.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <memory>
#include <random>

#include "Vathena_tile.h"
#include "Vathena_tile___024root.h"
#include "regs/descriptor_regs.h"

namespace {

constexpr std::uint32_t kSide = 256;

double cpu_seconds() {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

class Tile {
  public:
    Tile()
        : context_(std::make_unique<VerilatedContext>()),
          top_(std::make_unique<Vathena_tile>(context_.get())) {
        top_->s_axi_bready_i = 1;
        top_->completion_ready_i = 1;
        tick();
        tick();
        top_->rst_ni = 1;
        // Moderate numbers; no zeros, which would be cheaper.
        auto& words = top_->rootp->athena_tile__DOT__u_l1__DOT__l1_q.m_storage;
        std::mt19937 random(1);
        auto* bytes = reinterpret_cast<std::uint8_t*>(&words[0]);
        for (std::size_t i = 0; i < sizeof words; i += 2) {
            const auto value =
                static_cast<std::uint16_t>((random() & 0x807F) | (124 + random() % 6) << 7);
            std::memcpy(bytes + i, &value, sizeof value);
        }
    }
    ~Tile() { top_->final(); }
    Tile(const Tile&) = delete;
    Tile& operator=(const Tile&) = delete;

    void tick() {
        top_->clk_i = 0;
        top_->eval();
        top_->clk_i = 1;
        top_->eval();
    }
    [[nodiscard]] bool idle() const { return top_->idle_o != 0; }

    void push() {
        std::array<std::byte, 64> line{};
        const athena::regs::descriptor::MatmulView view(line);
        view.set_opcode(athena::regs::descriptor::Opcode::Matmul);
        view.set_m(kSide);
        view.set_n(kSide);
        view.set_k(kSide);
        view.set_a_addr(0);
        view.set_b_addr(kSide * kSide * 2);
        view.set_c_addr(kSide * kSide * 4);
        view.set_a_ld(kSide * 2 / 32);
        view.set_b_ld(kSide * 2 / 32);
        view.set_c_ld(kSide * 4 / 32);
        std::memcpy(top_->s_axi_wdata_i.data(), line.data(), line.size());
        top_->s_axi_wstrb_i = ~std::uint64_t{0};
        top_->s_axi_wlast_i = 1;
        top_->s_axi_awaddr_i = 0x81'0000;
        top_->s_axi_awsize_i = 6;
        top_->s_axi_awburst_i = 1;
        top_->s_axi_wvalid_i = 1;
        top_->s_axi_awvalid_i = 1;
        tick();
        top_->s_axi_wvalid_i = 0;
        top_->s_axi_awvalid_i = 0;
        tick();
    }

  private:
    std::unique_ptr<VerilatedContext> context_;
    std::unique_ptr<Vathena_tile> top_;
};

}  // namespace

int main() {
    Tile tile;
    const double start = cpu_seconds();
    std::uint64_t busy = 0;
    std::uint64_t products = 0;
    while (cpu_seconds() - start < 1.0) {
        for (tile.push(); !tile.idle(); ++busy) {
            tile.tick();
        }
        ++products;
    }
    const double middle = cpu_seconds();
    constexpr std::uint64_t kIdle = 5'000'000;
    for (std::uint64_t i = 0; i < kIdle; ++i) {
        tile.tick();
    }
    const double end = cpu_seconds();
    const double macs = static_cast<double>(products) * kSide * kSide * kSide;
    std::printf("busy  %8.1f kcycles/s  %7.2f MMAC/s  (16x16, %u x %u x %u)\n",
                static_cast<double>(busy) / (middle - start) / 1e3, macs / (middle - start) / 1e6,
                kSide, kSide, kSide);
    std::printf("idle  %8.1f kcycles/s\n", kIdle / (end - middle) / 1e3);
    return 0;
}
