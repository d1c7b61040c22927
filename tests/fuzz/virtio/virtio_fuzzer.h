// SPDX-License-Identifier: Apache-2.0
// One device's driver that gets everything wrong, by what Random says.
#pragma once

#include <algorithm>

#include "base/state.h"
#include "damage.h"
#include "ring_bench.h"
#include "unit/virtio/driver.h"

namespace athena::test {

class VirtioFuzzer {
  public:
    static constexpr int kRounds = 60;

    VirtioFuzzer(const Kind& kind, Random random)
        : kind_(kind),
          random_(random),
          fixture_(kind.make(random_)),
          bench_(std::move(fixture_.device)),
          queues_(count_queues()) {}

    void run(int rounds = kRounds) {
        for (int round = 0; round < rounds; ++round) {
            INFO("round " << round);
            fill_memory();
            const bool agreed = prepare();
            const auto before = copy_memory();
            const std::vector<Extent> allowed = bench_.writable(rings_);
            const bool calm = is_calm(allowed);
            const bool disturbed = work();
            REQUIRE((!bench_.diagnostics().stopped() ||
                     bench_.diagnostics().stopped()->status != base::ExitStatus::Simulator));
            if (calm && !disturbed) {
                ++calm_;
                check_memory(before, allowed);
                if (agreed) {
                    check_outcome();
                }
            }
            check_recovery();
        }
    }

    std::uint64_t calm_ = 0;       ///< rounds that could be checked
    std::uint64_t completed_ = 0;  ///< queues whose buffers all came back
    std::uint64_t broken_ = 0;
    std::uint64_t came_in_ = 0;   ///< buffers of damaged rings that something came into
    std::uint64_t gone_out_ = 0;  ///< bytes from damaged rings

  private:
    static constexpr std::uint64_t kVersion1 = std::uint64_t{1} << 32;
    static constexpr std::uint64_t kBehindTable = 140;  // descriptors
    static constexpr std::uint64_t kTrap = RingBench::kRam + RingBench::kRamSize - 0x1000;

    [[nodiscard]] std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
    [[nodiscard]] bool once_in(std::uint64_t times) { return below(times) == 0; }

    unsigned count_queues() {
        unsigned queues = 0;
        for (;; ++queues) {
            bench_.set(kQueueSel, queues);
            if (bench_.get(kQueueNumMax) == 0) {
                return queues;
            }
        }
    }

    void fill_memory() {
        for (const std::span<std::byte> memory : bench_.memories()) {
            std::uint64_t word = random_();
            for (std::size_t i = 0; i + 8 <= memory.size(); i += 8) {
                std::memcpy(&memory[i], &word, 8);
                word = word * 6364136223846793005u + 1442695040888963407u;
            }
        }
    }
    std::vector<std::vector<std::byte>> copy_memory() {
        std::vector<std::vector<std::byte>> copies;
        for (const std::span<std::byte> memory : bench_.memories()) {
            copies.emplace_back(memory.begin(), memory.end());
        }
        return copies;
    }

    // ---- what the driver writes

    bool prepare() {
        rings_.clear();
        next_data_ = RingBench::kRam + 0x1'0000;
        for (unsigned queue = 0; queue < queues_; ++queue) {
            Ring ring;
            ring.entries = static_cast<std::uint16_t>(1u << below(8));
            const std::uint64_t base = RingBench::kRam + queue % 8 * 0x2000;
            ring.descriptors = base;
            ring.available = base + 0x1000;
            ring.used = base + 0x1800;
            if (once_in(12)) {
                (once_in(3)   ? ring.used
                 : once_in(2) ? ring.available
                              : ring.descriptors) = odd_address(random_);
            }
            rings_.push_back(ring);
            offers_.assign(queues_, 0);
        }
        for (unsigned queue = 0; queue < queues_; ++queue) {
            offers_[queue] = fill_ring(queue);
        }
        found_.clear();
        for (const Ring& ring : rings_) {  // where another's table was filled, not 0
            found_.push_back(bench_.look<std::uint16_t>(ring.used + 2));
        }
        return bench_.start(features(), rings_);
    }

    std::uint64_t features() {
        const std::uint64_t offered = bench_.features();
        if (once_in(10)) {
            return random_();
        }
        return (once_in(2) ? offered : offered & random_()) | kVersion1;
    }

    /// The index of the available ring.
    std::uint16_t fill_ring(unsigned queue) {
        const Ring& ring = rings_[queue];
        for (std::uint64_t i = ring.entries; i < kBehindTable; ++i) {  // whoever goes there is seen
            bench_.put(ring.descriptors + 16 * i, Descriptor{kTrap, 600, kWritable, 0});
        }
        bench_.put<std::uint16_t>(ring.available, once_in(4) ? 1 : 0);
        bench_.put<std::uint32_t>(ring.used, 0);
        std::uint16_t next = 0;
        std::uint16_t offered = 0;
        while (!once_in(6)) {
            const Request request = kind_.request(random_, queue);
            if (next + request.size() > ring.entries) {
                break;
            }
            bench_.put(ring.available + 4 + 2 * offered, next);
            write_request(ring, request, next);
            ++offered;
        }
        const std::uint64_t damages = once_in(3) ? 0 : 1 + below(3);
        for (std::uint64_t i = 0; i < damages; ++i) {
            damage(bench_, random_, ring);
        }
        if (once_in(8)) {
            offered = static_cast<std::uint16_t>(once_in(2) ? random_() : below(ring.entries + 2));
        }
        bench_.put(ring.available + 2, offered);
        return offered;
    }

    void write_request(const Ring& ring, const Request& request, std::uint16_t& next) {
        for (std::size_t i = 0; i < request.size(); ++i) {
            const RequestPart& part = request[i];
            const std::uint64_t room = kTrap - next_data_;
            if (part.length > room) {
                next_data_ = RingBench::kRam + 0x1'0000;
            }
            const auto place = bench_.at({next_data_, part.length});
            std::ranges::copy(part.bytes, place.begin());
            const bool last = i + 1 == request.size();
            bench_.put(ring.descriptors + 16 * next,
                       Descriptor{next_data_, part.length,
                                  static_cast<std::uint16_t>((last ? 0 : kNext) |
                                                             (part.writable ? kWritable : 0)),
                                  static_cast<std::uint16_t>(next + 1)});
            next_data_ += part.length + below(3);
            ++next;
        }
    }

    // ---- the device at work

    /// What is written cannot change what is read: so it is known beforehand what may be written.
    bool is_calm(const std::vector<Extent>& allowed) const {
        const Extent registers{RingBench::kRegisters, 0x1000};
        for (const Extent& extent : allowed) {
            if (extent.overlaps(registers)) {
                return false;
            }
            for (const Ring& ring : rings_) {
                if (extent.overlaps(ring.descriptor_table()) ||
                    extent.overlaps(ring.available_ring())) {
                    return false;
                }
            }
        }
        for (const Ring& ring : rings_) {
            for (const Extent& extent : allowed) {
                const bool own =
                    extent.first == ring.used && extent.length == ring.used_ring().length;
                if (!own && extent.overlaps(ring.used_ring())) {
                    return false;
                }
            }
        }
        return true;
    }

    /// Whether somebody has meddled.
    bool work() {
        const bool meddle = once_in(4);
        const std::uint64_t turns = meddle ? below(30) : 1;
        for (unsigned queue = 0; queue < queues_; ++queue) {
            bench_.set(kQueueNotify, queue);
        }
        fixture_.outside->disturb(random_);
        for (std::uint64_t turn = 0; turn < turns; ++turn) {
            bench_.run(1 + below(20));
            if (meddle) {
                disturb();
            }
        }
        if (once_in(3)) {
            save_and_load();
        }
        bench_.settle();
        gone_out_ += fixture_.outside->take().size();
        return meddle;
    }

    void disturb() {
        const Ring& ring = rings_[below(queues_)];
        switch (below(5)) {
            case 4:
                fixture_.outside->disturb(random_);
                break;
            case 0:
                damage(bench_, random_, ring);
                break;
            case 1:
                bench_.put(ring.available + 2, static_cast<std::uint16_t>(random_()));
                break;
            case 2:
                bench_.set(kQueueNotify, once_in(2) ? random_() : below(queues_));
                break;
            default: {
                std::uint64_t data = once_in(2) ? random_() : below(256);
                const std::uint64_t offset =
                    once_in(2) ? below(0x48) * 4 : below(0x1000 - 8) / (once_in(2) ? 1 : 8);
                const unsigned length = 1u << below(4);
                bench_.access(once_in(2) ? tlm::TLM_READ_COMMAND : tlm::TLM_WRITE_COMMAND, offset,
                              &data, length);
            }
        }
    }

    std::vector<std::byte> saved() {
        base::StateWriter writer;
        bench_.events().save(writer);
        bench_.mmio().save(writer);
        return writer.data();
    }
    void save_and_load() {
        const std::vector<std::byte> state = saved();
        base::StateReader reader(state);
        bench_.events().load(reader);
        bench_.mmio().load(reader);
        REQUIRE(saved() == state);
    }

    // ---- checks

    void check_memory(const std::vector<std::vector<std::byte>>& before,
                      const std::vector<Extent>& allowed) {
        constexpr std::uint64_t kBases[] = {RingBench::kRam, RingBench::kTop};
        for (std::size_t i = 0; i < before.size(); ++i) {
            const std::span<const std::byte> now = bench_.memories()[i];
            std::vector<std::byte> expected = before[i];
            for (const Extent& extent : allowed) {
                const auto [from, length] = extent.within({kBases[i], now.size()});
                std::memcpy(expected.data() + from, now.data() + from, length);
            }
            const auto at = std::ranges::mismatch(now, expected).in1 - now.begin();
            INFO("byte at 0x" << std::hex << kBases[i] + static_cast<std::uint64_t>(at)
                              << " was written");
            REQUIRE(static_cast<std::size_t>(at) == now.size());
        }
    }

    void check_outcome() {
        const bool needs_reset = (bench_.get(kStatus) & kNeedsReset) != 0;
        if (needs_reset) {
            ++broken_;
            CHECK((bench_.get(kInterruptStatus) & 2) != 0);
            CHECK(bench_.level());
            return;
        }
        for (unsigned queue = 0; queue < queues_; ++queue) {
            const auto back = bench_.look<std::uint16_t>(rings_[queue].used + 2);
            INFO("queue " << queue << ": " << back << " of " << offers_[queue] << " buffers");
            if (back == found_[queue] && (offers_[queue] == 0 || kind_.waits(queue))) {
                continue;  // nothing has come back
            }
            if (kind_.waits(queue)) {
                REQUIRE(back <= offers_[queue]);
                came_in_ += back;
            } else {
                REQUIRE(back == offers_[queue]);
                ++completed_;
            }
        }
    }

    /// A reset, sensible requests to each queue, and their buffers come back; sometimes so many
    /// that the rings go round.
    void check_recovery() {
        rings_.clear();
        for (unsigned queue = 0; queue < queues_; ++queue) {
            const std::uint64_t base = RingBench::kRam + queue % 8 * 0x2000;
            rings_.push_back({base, base + 0x1000, base + 0x1800, 16});
            bench_.put<std::uint32_t>(base + 0x1000, 0);
            bench_.put<std::uint32_t>(base + 0x1800, 0);
        }
        REQUIRE(bench_.start(kVersion1, rings_));
        const int requests = once_in(8) ? 20 : 1;
        for (unsigned queue = 0; queue < queues_; ++queue) {
            for (std::uint16_t i = 0; i < requests; ++i) {
                INFO("queue " << queue << ", request " << i);
                check_request(queue, i);
            }
        }
        REQUIRE((bench_.get(kStatus) & kNeedsReset) == 0);
    }

    void check_request(unsigned queue, std::uint16_t number) {
        constexpr std::uint32_t kNothing = 0xFFFF'FFFF;
        const Ring& ring = rings_[queue];
        const auto head = static_cast<std::uint16_t>(number % 3);
        std::uint16_t next = head;
        next_data_ = RingBench::kRam + 0x1'0000;
        const std::uint64_t element = ring.used + 4 + 8 * (number % ring.entries);
        write_request(ring, kind_.request(random_, queue), next);
        const Bytes readable = bytes_of(ring, head, next, 0);
        bench_.put(ring.available + 4 + 2 * (number % ring.entries), head);
        bench_.put(ring.available + 2, static_cast<std::uint16_t>(number + 1));
        bench_.put(element, kNothing);
        bench_.set(kQueueNotify, queue);
        bench_.settle();
        if (kind_.waits(queue)) {
            REQUIRE(bench_.look<std::uint16_t>(ring.used + 2) == number);
            const Bytes comes = fixture_.outside->bring(random_);
            bench_.settle();
            REQUIRE(bench_.look<std::uint32_t>(element + 4) == comes.size());
            Bytes writable = bytes_of(ring, head, next, kWritable);
            writable.resize(comes.size());
            REQUIRE((writable == comes));
        }
        REQUIRE(bench_.look<std::uint16_t>(ring.used + 2) == number + 1);
        REQUIRE(bench_.look<std::uint32_t>(element) == head);
        REQUIRE((fixture_.outside->take() == kind_.goes_out(readable)));
        REQUIRE(bench_.level());
        bench_.set(kInterruptAck, 3);
        REQUIRE_FALSE(bench_.level());
    }

    /// Of the descriptors from `first` on, those that are writable, or are not.
    Bytes bytes_of(const Ring& ring, std::uint16_t first, std::uint16_t end, unsigned writable) {
        Bytes bytes;
        for (std::uint64_t i = first; i < end; ++i) {
            const auto descriptor = bench_.look<Descriptor>(ring.descriptors + 16 * i);
            if ((descriptor.flags & kWritable) == writable) {
                const auto place = bench_.at({descriptor.address, descriptor.length});
                bytes.insert(bytes.end(), place.begin(), place.end());
            }
        }
        return bytes;
    }

    const Kind& kind_;
    Random random_;
    Fixture fixture_;
    RingBench bench_;
    unsigned queues_;
    std::vector<Ring> rings_;
    std::vector<std::uint16_t> offers_;
    std::vector<std::uint16_t> found_;  // indices of the used rings, before the device's first
    std::uint64_t next_data_ = 0;
};

}  // namespace athena::test
