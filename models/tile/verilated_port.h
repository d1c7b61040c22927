// SPDX-License-Identifier: Apache-2.0
// Access to a Verilated tile whose inside is unknown, by its AXI port and in no time: the clock
// runs for the access alone, and nobody counts these cycles. Only sources that know Verilator
// include this.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "tile/tile_ports.h"

namespace athena::tile {

/// Manager of one burst at a time, of full or narrow beats. The completion stream is held, so that
/// no record is lost. Bursts of others that are on their way stay there: their reads' beats are
/// passed over by the id, which has to be one that nobody else uses.
template <typename Rtl>
class VerilatedPort {
  public:
    static constexpr std::uint8_t kId = 15;

    explicit VerilatedPort(Rtl& rtl) : rtl_(rtl) {
        rtl_.completion_ready_i = 0;
        rtl_.s_axi_bready_i = 1;
        rtl_.s_axi_rready_i = 1;
    }

    /// False: answered with an error, or not at all. `size`: log2 of a beat's bytes.
    bool read(std::uint64_t offset, std::span<std::byte> data, unsigned size) {
        return each_burst(offset, data, [&](std::uint64_t at, std::span<std::byte> part) {
            return read_burst(at, part, size);
        });
    }
    bool write(std::uint64_t offset, std::span<const std::byte> data) {
        return each_burst(offset, data, [&](std::uint64_t at, std::span<const std::byte> part) {
            return write_burst(at, part);
        });
    }

  private:
    static constexpr unsigned kLine = 6;
    static constexpr std::uint64_t kBoundary = 4096;  // IHI 0022, A3.4.1
    static constexpr unsigned kLongestWait = 100'000;

    template <typename Span, typename Burst>
    bool each_burst(std::uint64_t offset, Span data, Burst burst) {
        while (!data.empty()) {
            const std::size_t size =
                std::min<std::size_t>(data.size(), kBoundary - offset % kBoundary);
            if (!burst(offset, data.first(size))) {
                return false;
            }
            offset += size;
            data = data.subspan(size);
        }
        return true;
    }
    static std::uint8_t beats(std::uint64_t offset, std::size_t bytes, unsigned size) {
        return static_cast<std::uint8_t>(((offset + bytes - 1) >> size) - (offset >> size));
    }

    // A cycle; `before` sees the ports just before its edge.
    template <typename Look>
    void cycle(Look before) {
        rtl_.clk_i = 0;
        rtl_.eval();
        before();
        rtl_.clk_i = 1;
        rtl_.eval();
    }
    template <typename Look>
    bool wait(Look done) {
        bool reached = false;
        for (unsigned i = 0; i < kLongestWait && !reached; ++i) {
            cycle([&] { reached = done(); });
        }
        return reached;
    }

    bool read_burst(std::uint64_t offset, std::span<std::byte> data, unsigned size) {
        // An address of somebody else that waits has to be taken first.
        if (rtl_.s_axi_arvalid_i != 0 && !wait([&] { return rtl_.s_axi_arready_o != 0; })) {
            return false;
        }
        rtl_.s_axi_arid_i = kId;
        rtl_.s_axi_araddr_i = static_cast<std::uint32_t>(offset);
        rtl_.s_axi_arlen_i = beats(offset, data.size(), size);
        rtl_.s_axi_arsize_i = static_cast<std::uint8_t>(size);
        rtl_.s_axi_arburst_i = static_cast<std::uint8_t>(AxiBurst::Incr);
        rtl_.s_axi_arvalid_i = 1;
        bool ok = true;
        bool last = false;
        std::uint64_t at = offset;
        const auto take = [&] {
            last = rtl_.s_axi_rvalid_o != 0 && rtl_.s_axi_rid_o == kId && rtl_.s_axi_rlast_o != 0;
            if (rtl_.s_axi_rvalid_o == 0 || rtl_.s_axi_rid_o != kId) {
                return false;
            }
            ok = ok && rtl_.s_axi_rresp_o == 0;
            const std::uint64_t beat = std::uint64_t{1} << size;
            const std::uint64_t end =
                std::min<std::uint64_t>((at / beat + 1) * beat, offset + data.size());
            if (at < end) {
                const auto* lanes = reinterpret_cast<const std::byte*>(&rtl_.s_axi_rdata_o);
                std::memcpy(&data[at - offset], lanes + at % kBeatBytes, end - at);
                at = end;
            }
            return last;
        };
        bool taken = false;
        if (!wait([&] {
                taken = rtl_.s_axi_arready_o != 0;
                return taken || take();
            })) {
            return false;
        }
        rtl_.s_axi_arvalid_i = 0;
        return (last || wait(take)) && ok;
    }

    bool write_burst(std::uint64_t offset, std::span<const std::byte> data) {
        const unsigned last = beats(offset, data.size(), kLine);
        rtl_.s_axi_awid_i = kId;
        rtl_.s_axi_awaddr_i = static_cast<std::uint32_t>(offset);
        rtl_.s_axi_awlen_i = static_cast<std::uint8_t>(last);
        rtl_.s_axi_awsize_i = kLine;
        rtl_.s_axi_awburst_i = static_cast<std::uint8_t>(AxiBurst::Incr);
        rtl_.s_axi_awvalid_i = 1;
        const std::uint64_t first_line = offset / kBeatBytes * kBeatBytes;
        unsigned beat = 0;
        const auto drive = [&] {
            const std::uint64_t line = first_line + beat * kBeatBytes;
            std::uint64_t strobes = 0;
            auto* lanes = reinterpret_cast<std::byte*>(&rtl_.s_axi_wdata_i);
            for (unsigned i = 0; i < kBeatBytes; ++i) {
                if (line + i >= offset && line + i < offset + data.size()) {
                    lanes[i] = data[line + i - offset];
                    strobes |= std::uint64_t{1} << i;
                }
            }
            rtl_.s_axi_wstrb_i = strobes;
            rtl_.s_axi_wlast_i = beat == last ? 1 : 0;
            rtl_.s_axi_wvalid_i = 1;
        };
        drive();
        bool ok = false;
        for (unsigned i = 0; i < kLongestWait; ++i) {
            bool addressed = false;
            bool beat_taken = false;
            bool answered = false;
            cycle([&] {
                addressed = rtl_.s_axi_awvalid_i != 0 && rtl_.s_axi_awready_o != 0;
                beat_taken = rtl_.s_axi_wvalid_i != 0 && rtl_.s_axi_wready_o != 0;
                answered = rtl_.s_axi_bvalid_o != 0 && rtl_.s_axi_bid_o == kId;
                ok = answered && rtl_.s_axi_bresp_o == 0;
            });
            if (addressed) {
                rtl_.s_axi_awvalid_i = 0;
            }
            if (beat_taken && beat++ == last) {
                rtl_.s_axi_wvalid_i = 0;
            } else if (beat_taken) {
                drive();
            }
            if (answered) {
                break;
            }
        }
        return ok;
    }

    Rtl& rtl_;
};

}  // namespace athena::tile
