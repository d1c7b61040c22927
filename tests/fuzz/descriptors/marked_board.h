// SPDX-License-Identifier: Apache-2.0
// Two clusters whose memory is marked wherever no ring may write. Rings 0 to 2 of the first are the
// fuzzer's; ring 3 is a driver's, which does sensible work all the time.
#pragma once

#include <algorithm>

#include "unit/iopmp/cluster_bench.h"

namespace athena::test {

struct Area {
    std::uint64_t base;
    std::uint64_t size;
    [[nodiscard]] std::uint64_t end() const { return base + size; }
};

class MarkedBoard : public ClusterBench {
  public:
    static constexpr std::uint32_t kFuzzed = 3;  ///< rings
    static constexpr std::uint32_t kRingSize = 16;
    static constexpr std::uint64_t kLists = kRam + 0x1'0000;
    static constexpr std::uint32_t kListLines = 64;
    /// What the fuzzed rings may read and write.
    static constexpr Area kOpen[] = {{kHbm + 0x3000, 0x2800},
                                     {kRam + 0x2'0040, 0x1000},
                                     {sram_base(0), 0x6000},
                                     {sram_base(1) + 0x2000, 0x1000},
                                     {platform::tile_base(0, 0), kL1Size / 2},
                                     {0x7000'0000, 0x1000}};  // where nothing is

    static constexpr std::uint64_t ring_base(std::uint32_t ring) { return kRam + ring * 0x1000; }

    MarkedBoard() {
        constexpr std::uint32_t kAll = (1u << kFuzzed) - 1;
        std::uint32_t entry = 0;
        for (const Area& area : kOpen) {
            grant(entry++, area.base, area.size, kRead | kWrite | for_rings(kAll));
        }
        grant(entry++, kRam, 0x1'8000, kRead | for_rings(kAll | kDriverMask));
        for (const Area& area : {kOwn, kOwnSram}) {
            grant(entry++, area.base, area.size, kRead | kWrite | for_rings(kDriverMask));
        }
        protect();
        set(kIopmp + regs::iopmp::kLockOffset, 0xFF | regs::iopmp::kLockCtrlMask);
        mark();
        enable(kDriver, ring_base(kDriver), kRingSize);
    }

    /// As the driver: behind everybody's back, and known to intact().
    void place(std::uint64_t address, std::span<const std::byte> bytes) {
        poke(address, bytes);
        for (Closed& closed : closed_) {
            if (address >= closed.area.base && address < closed.area.end()) {
                std::ranges::copy(bytes, closed.bytes.begin() + static_cast<std::ptrdiff_t>(
                                                                    address - closed.area.base));
            }
        }
    }

    /// The first byte outside what was granted that is not as it was.
    std::optional<std::uint64_t> changed() {
        for (const Closed& closed : closed_) {
            const std::vector<std::byte> now = peek(closed.area.base, closed.area.size);
            if (now != closed.bytes) {
                const auto at = std::ranges::mismatch(now, closed.bytes).in1 - now.begin();
                return closed.area.base + static_cast<std::uint64_t>(at);
            }
        }
        return std::nullopt;
    }

    /// Hands the driver's ring a list: own memory, own SRAM, a vector core, and back.
    void start_work(std::byte value) {
        expected_.assign(64, value);
        poke(kOwn.base, expected_);
        put_copy(kOwn.base, kOwnSram.base);
        put_fence();
        std::array<std::byte, 128> lines{};
        const regs::descriptor::VectorView view(lines);
        view.set_opcode(regs::descriptor::Opcode::Vector);
        view.set_engine(1);
        view.set_operation(regs::descriptor::VectorOperation::Copy);
        view.set_a_format(regs::descriptor::VectorFormat::Int32);
        view.set_out_format(regs::descriptor::VectorFormat::Int32);
        view.set_rows(1);
        view.set_columns(16);
        view.set_a_addr(kOwnSram.base - sram_base(0));
        view.set_out_addr(kOwnSram.base - sram_base(0) + 0x400);
        put(std::span<const std::byte>(lines).first(64));
        put(std::span<const std::byte>(lines).last(64));
        put_fence();
        put_copy(kOwnSram.base + 0x400, kOwn.base + 0x400);
        put_fence();
        doorbell(kDriver, tail_);
    }
    bool work_is_done() {
        return !stopped(kDriver) && idle(kDriver) &&
               ring_get(kDriver, regs::command::kRingCompletedOffset) == tail_ &&
               peek(kOwn.base + 0x400, 64) == expected_;
    }

  private:
    static constexpr std::uint32_t kDriver = kFuzzed;
    static constexpr std::uint32_t kDriverMask = 1u << kDriver;
    static constexpr Area kOwn = {kHbm + 0x3'0000, 0x1000};
    static constexpr Area kOwnSram = {sram_base(0) + 0xF000, 0x1000};

    struct Closed {
        Area area;
        std::vector<std::byte> bytes;
    };

    void mark() {
        std::vector<Area> memories = {{kRam, kRamSize}, {kHbm, kHbmSize}};
        for (std::uint64_t cluster = 0; cluster < 2; ++cluster) {
            memories.push_back({sram_base(cluster), kSramSize});
            for (std::uint64_t tile = 0; tile < 2; ++tile) {
                memories.push_back({platform::tile_base(cluster, tile), kL1Size});
            }
        }
        std::vector<Area> granted(std::begin(kOpen), std::end(kOpen));
        granted.insert(granted.end(), {kOwn, kOwnSram});
        std::ranges::sort(granted, {}, &Area::base);
        for (const Area& memory : memories) {
            std::uint64_t from = memory.base;
            for (const Area& area : granted) {
                if (area.base >= memory.base && area.end() <= memory.end()) {
                    add_closed({from, area.base - from});
                    from = area.end();
                }
            }
            add_closed({from, memory.end() - from});
        }
    }
    void add_closed(Area area) {
        if (area.size == 0) {
            return;
        }
        Closed& closed = closed_.emplace_back(Closed{area, std::vector<std::byte>(area.size)});
        for (std::uint64_t i = 0; i < area.size; ++i) {
            closed.bytes[i] = static_cast<std::byte>((area.base + i) * 0x9E37'79B9'7F4A'7C15 >> 56);
        }
        poke(area.base, closed.bytes);
    }

    void put(std::span<const std::byte> line) {
        place(ring_base(kDriver) + 64 * (tail_++ % kRingSize), line);
    }
    void put_copy(std::uint64_t source, std::uint64_t destination) {
        Line line{};
        const regs::descriptor::CopyView view(line);
        view.set_opcode(regs::descriptor::Opcode::Copy);
        view.set_engine(1);
        view.set_src(source);
        view.set_dst(destination);
        view.set_cols(64);
        view.set_rows(1);
        put(line);
    }
    void put_fence() {
        Line line{};
        regs::descriptor::DescriptorView(line).set_opcode(regs::descriptor::Opcode::Fence);
        put(line);
    }

    std::vector<Closed> closed_;
    std::vector<std::byte> expected_;
    std::uint32_t tail_ = 0;
};

}  // namespace athena::test
