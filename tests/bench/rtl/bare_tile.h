// SPDX-License-Identifier: Apache-2.0
// The Verilated tile without wrapper and bus, on products that keep its array multiplying.
#pragma once

#include <verilated.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <span>

#include "Vathena_tile.h"
#include "Vathena_tile___024root.h"
#include "regs/descriptor_regs.h"

namespace athena::test {

inline constexpr std::uint32_t kSide = 256;

/// C = A x B of kSide on each side; the matrices follow each other in L1.
inline std::array<std::byte, 64> product_line() {
    std::array<std::byte, 64> line{};
    const regs::descriptor::MatmulView view(line);
    view.set_opcode(regs::descriptor::Opcode::Matmul);
    view.set_m(kSide);
    view.set_n(kSide);
    view.set_k(kSide);
    view.set_a_addr(0);
    view.set_b_addr(kSide * kSide * 2);
    view.set_c_addr(kSide * kSide * 4);
    view.set_a_ld(kSide * 2 / 32);
    view.set_b_ld(kSide * 2 / 32);
    view.set_c_ld(kSide * 4 / 32);
    return line;
}

/// Moderate numbers; no zeros, which would be cheaper.
inline void fill_operands(std::span<std::byte> l1) {
    std::mt19937 random(1);
    for (std::size_t i = 0; i < l1.size(); i += 2) {
        const auto value =
            static_cast<std::uint16_t>((random() & 0x807F) | (124 + random() % 6) << 7);
        std::memcpy(&l1[i], &value, sizeof value);
    }
}

class BareTile {
  public:
    BareTile() : context_(single_threaded()), top_(std::make_unique<Vathena_tile>(context_.get())) {
        top_->s_axi_bready_i = 1;
        top_->completion_ready_i = 1;
        tick();
        tick();
        top_->rst_ni = 1;
        auto& words = top_->rootp->athena_tile__DOT__u_l1__DOT__l1_q.m_storage;
        fill_operands(std::as_writable_bytes(std::span(words)));
    }
    ~BareTile() {
        Verilated::threadContextp(context_.get());  // other instances share the thread
        top_->final();
    }
    BareTile(const BareTile&) = delete;
    BareTile& operator=(const BareTile&) = delete;

    void tick() {
        top_->clk_i = 0;
        top_->eval();
        top_->clk_i = 1;
        top_->eval();
    }
    [[nodiscard]] bool idle() const { return top_->idle_o != 0; }

    void push() {
        const std::array<std::byte, 64> line = product_line();
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
    static std::unique_ptr<VerilatedContext> single_threaded() {
        auto context = std::make_unique<VerilatedContext>();
        context->threads(1);
        return context;
    }

    std::unique_ptr<VerilatedContext> context_;
    std::unique_ptr<Vathena_tile> top_;
};

}  // namespace athena::test
