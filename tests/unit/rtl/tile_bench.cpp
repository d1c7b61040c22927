// SPDX-License-Identifier: Apache-2.0
#include "tile_bench.h"

#include <bit>
#include <cstring>
#include <stdexcept>

#include "Vathena_tile___024root.h"

namespace athena::rtl {

namespace {

std::unique_ptr<VerilatedContext> make_context(int state_seed) {
    constexpr int kRandomised = 2;
    auto context = std::make_unique<VerilatedContext>();
    if (state_seed != 0) {
        context->randReset(kRandomised);
        context->randSeed(state_seed);
    }
    return context;
}

}  // namespace

TileBench::TileBench(std::uint32_t seed, int state_seed)
    : random(seed),
      context_(make_context(state_seed)),
      top_(std::make_unique<Vathena_tile>(context_.get())) {
    reset();
}

TileBench::~TileBench() {
    top_->final();
    // The model's scopes leave the thread's context, which may be that of a bench that is gone.
    Verilated::threadContextp(context_.get());
}

void TileBench::reset() {
    aw_.clear();
    w_.clear();
    ar_.clear();
    write_responses.clear();
    read_beats.clear();
    records.clear();
    writes_open_ = 0;
    read_beats_open_ = 0;
    top_->rst_ni = 0;
    top_->s_axi_awvalid_i = 0;
    top_->s_axi_wvalid_i = 0;
    top_->s_axi_arvalid_i = 0;
    top_->s_axi_bready_i = 0;
    top_->s_axi_rready_i = 0;
    top_->completion_ready_i = 0;
    for (int i = 0; i < 2; ++i) {
        top_->clk_i = 0;
        top_->eval();
        top_->clk_i = 1;
        top_->eval();
    }
    top_->clk_i = 0;
    top_->eval();
    top_->rst_ni = 1;
    top_->eval();
}

void TileBench::drive() {
    // A channel that is valid stays so until its handshake takes the front away.
    if (!aw_.empty() && (top_->s_axi_awvalid_i != 0 || moves(stalls.aw))) {
        const Burst& burst = aw_.front();
        top_->s_axi_awvalid_i = 1;
        top_->s_axi_awid_i = burst.id;
        top_->s_axi_awaddr_i = burst.address;
        top_->s_axi_awlen_i = static_cast<std::uint8_t>(burst.data.size() - 1);
        top_->s_axi_awsize_i = burst.size;
        top_->s_axi_awburst_i = burst.type;
    }
    if (!w_.empty() && (top_->s_axi_wvalid_i != 0 || moves(stalls.w))) {
        top_->s_axi_wvalid_i = 1;
        std::memcpy(top_->s_axi_wdata_i.data(), w_.front().data.data(), 64);
        top_->s_axi_wstrb_i = w_.front().strobes;
        top_->s_axi_wlast_i = w_.front().last ? 1 : 0;
    }
    if (!ar_.empty() && (top_->s_axi_arvalid_i != 0 || moves(stalls.ar))) {
        const auto& [burst, beats] = ar_.front();
        top_->s_axi_arvalid_i = 1;
        top_->s_axi_arid_i = burst.id;
        top_->s_axi_araddr_i = burst.address;
        top_->s_axi_arlen_i = static_cast<std::uint8_t>(beats - 1);
        top_->s_axi_arsize_i = burst.size;
        top_->s_axi_arburst_i = burst.type;
    }
    top_->s_axi_bready_i = moves(stalls.b) ? 1 : 0;
    top_->s_axi_rready_i = moves(stalls.r) ? 1 : 0;
    top_->completion_ready_i = moves(stalls.completion) ? 1 : 0;
}

void TileBench::sample() {
    if (top_->s_axi_awvalid_i != 0 && top_->s_axi_awready_o != 0) {
        aw_.pop_front();
    }
    if (top_->s_axi_wvalid_i != 0 && top_->s_axi_wready_o != 0) {
        w_.pop_front();
    }
    if (top_->s_axi_arvalid_i != 0 && top_->s_axi_arready_o != 0) {
        ar_.pop_front();
    }
    if (top_->s_axi_bvalid_o != 0 && top_->s_axi_bready_i != 0) {
        --writes_open_;
        write_responses.push_back({top_->s_axi_bid_o, top_->s_axi_bresp_o});
    }
    if (top_->s_axi_rvalid_o != 0 && top_->s_axi_rready_i != 0) {
        --read_beats_open_;
        ReadBeat& beat = read_beats.emplace_back();
        beat.id = top_->s_axi_rid_o;
        beat.response = top_->s_axi_rresp_o;
        beat.last = top_->s_axi_rlast_o != 0;
        std::memcpy(beat.data.data(), top_->s_axi_rdata_o.data(), 64);
    }
    if (top_->completion_valid_o != 0 && top_->completion_ready_i != 0) {
        records.push_back({top_->completion_tag_o, top_->completion_status_o});
    }
}

void TileBench::tick() {
    drive();
    top_->clk_i = 0;
    top_->eval();
    const bool aw = top_->s_axi_awvalid_i != 0 && top_->s_axi_awready_o != 0;
    const bool w = top_->s_axi_wvalid_i != 0 && top_->s_axi_wready_o != 0;
    const bool ar = top_->s_axi_arvalid_i != 0 && top_->s_axi_arready_o != 0;
    sample();
    top_->clk_i = 1;
    top_->eval();
    if (aw) {
        top_->s_axi_awvalid_i = 0;
    }
    if (w) {
        top_->s_axi_wvalid_i = 0;
    }
    if (ar) {
        top_->s_axi_arvalid_i = 0;
    }
    ++cycles_;
}

void TileBench::run(std::uint64_t cycles) {
    for (std::uint64_t i = 0; i < cycles; ++i) {
        tick();
    }
}

bool TileBench::settle(std::uint64_t limit) {
    for (std::uint64_t i = 0; i < limit; ++i) {
        if (answered()) {
            return true;
        }
        tick();
    }
    return false;
}

bool TileBench::drain(std::uint64_t limit) {
    for (std::uint64_t i = 0; i < limit; ++i) {
        if (answered() && top_->idle_o != 0) {
            return true;
        }
        tick();
    }
    return false;
}

void TileBench::send_write(const Burst& burst) {
    aw_.push_back(burst);
    for (std::size_t i = 0; i < burst.data.size(); ++i) {
        w_.push_back({burst.data[i], burst.strobes[i], i + 1 == burst.data.size()});
    }
    ++writes_open_;
}

void TileBench::send_read(const Burst& burst, unsigned beats) {
    ar_.emplace_back(burst, beats);
    read_beats_open_ += beats;
}

bool TileBench::write(std::uint32_t address, std::span<const std::byte> data) {
    bool ok = true;
    // Whole beats, as many as there are, in bursts that cross no 4 KiB boundary.
    for (std::size_t done = 0; done < data.size();) {
        Burst burst;
        burst.address = address + static_cast<std::uint32_t>(done);
        const std::size_t beats = std::min((data.size() - done + 63) / 64,
                                           (4096 - burst.address % 4096) / std::size_t{64});
        burst.data.assign(beats, {});
        burst.strobes.assign(beats, 0);
        for (std::size_t i = 0; i < beats; ++i) {
            const std::size_t size = std::min<std::size_t>(64, data.size() - done);
            std::memcpy(burst.data[i].data(), data.data() + done, size);
            burst.strobes[i] = ~std::uint64_t{0} >> (64 - size);
            done += size;
        }
        send_write(burst);
        const std::size_t before = write_responses.size();
        for (int i = 0; i < 100'000 && write_responses.size() == before; ++i) {
            tick();
        }
        ok = ok && write_responses.size() == before + 1 && write_responses.back().response == kOkay;
    }
    return ok;
}

bool TileBench::write_register(std::uint32_t offset, std::uint64_t value, unsigned size) {
    Burst burst;
    burst.address = kRegisters + offset;
    burst.size = static_cast<std::uint8_t>(std::countr_zero(size));
    const unsigned lane = burst.address % 64;
    std::memcpy(burst.data[0].data() + lane, &value, size);
    burst.strobes[0] = (~std::uint64_t{0} >> (64 - size)) << lane;
    send_write(burst);
    const std::size_t before = write_responses.size();
    for (int i = 0; i < 100'000 && write_responses.size() == before; ++i) {
        tick();
    }
    return write_responses.back().response == kOkay;
}

bool TileBench::read_register(std::uint32_t offset, std::uint64_t& value, unsigned size) {
    Burst burst;
    burst.address = kRegisters + offset;
    burst.size = static_cast<std::uint8_t>(std::countr_zero(size));
    send_read(burst, 1);
    const std::size_t before = read_beats.size();
    for (int i = 0; i < 100'000 && read_beats.size() == before; ++i) {
        tick();
    }
    value = 0;
    std::memcpy(&value, read_beats.back().data.data() + burst.address % 64, size);
    return read_beats.back().response == kOkay;
}

std::uint64_t TileBench::register_value(std::uint32_t offset) {
    std::uint64_t value = 0;
    if (!read_register(offset, value)) {
        throw std::runtime_error("the tile refused a register read");
    }
    return value;
}

bool TileBench::push(const Beat& line) {
    Burst burst;
    burst.address = kQueue;
    burst.data[0] = line;
    send_write(burst);
    const std::size_t before = write_responses.size();
    for (int i = 0; i < 100'000 && write_responses.size() == before; ++i) {
        tick();
    }
    return write_responses.back().response == kOkay;
}

std::span<std::byte> TileBench::l1() {
    auto& words = top_->rootp->athena_tile__DOT__u_l1__DOT__l1_q;
    static_assert(sizeof words == kL1Bytes && std::endian::native == std::endian::little);
    return std::as_writable_bytes(std::span(words.m_storage, std::size(words.m_storage)));
}

std::uint64_t& TileBench::cycle_counter() {
    return top_->rootp->athena_tile__DOT__u_registers__DOT__cycle_q;
}

}  // namespace athena::rtl
