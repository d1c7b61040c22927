// SPDX-License-Identifier: Apache-2.0
#include "tile/timed_tile.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/state.h"

namespace athena::tile {

TimedTile::TimedTile(const TileConfig& config)
    : config_(config),
      l1_(config.l1_bytes),
      write_(config.l1_bytes),
      read_(config.l1_bytes),
      commands_(config),
      registers_(config) {
    reset();
}

void TimedTile::reset() {
    inputs = TileInputs{};
    write_.reset();
    read_.reset();
    commands_.reset();
    registers_.reset();
    cycle_ = 0;
    read_turn_ = false;
    finished_ = nullptr;
    write_.show(outputs_);
    read_.show(outputs_);
    show_behind();
}

TimedRegisters::Shown TimedTile::shown() const {
    return {.cycles = cycle_,
            .busy_cycles = commands_.busy_cycles(cycle_),
            .busy = commands_.busy(),
            .idle = commands_.idle(),
            .queued = commands_.queued(),
            .records = commands_.records()};
}

void TimedTile::serve_write(TimedCommands::Arrivals& arrivals) {
    const PortBurst& burst = write_.burst();
    const WriteData& data = write_.data();
    bool ok = burst.is_legal;
    if (burst.goes_to(Window::L1)) {
        std::byte* cells = &l1_[write_.address() / kBeatBytes * kBeatBytes];
        const std::uint64_t enables = write_.enables();
        if (enables == ~std::uint64_t{0}) {
            std::memcpy(cells, data.data.data(), kBeatBytes);
        } else {
            for (std::uint64_t left = enables; left != 0; left &= left - 1) {
                const int byte = std::countr_zero(left);
                cells[byte] = data.data[static_cast<std::size_t>(byte)];
            }
        }
    } else if (burst.goes_to(Window::Registers)) {
        const unsigned lane = register_lane(burst.address);
        const std::uint64_t offset = register_offset(burst.address);
        std::uint64_t value = 0;
        std::memcpy(&value, &data.data[lane], sizeof value);
        ok = TimedRegisters::exists(offset);
        arrivals.abort =
            registers_.write(offset, value, static_cast<unsigned>(write_.enables() >> lane & 0xFF));
    } else if (burst.goes_to(Window::Queue)) {
        ok = write_.is_whole() && !commands_.full();
        if (ok) {
            line_ = data.data;
            arrivals.line = &line_;
        } else if (write_.is_whole()) {
            registers_.refuse();
        }
    }
    write_.serve(ok);
}

void TimedTile::serve_read() {
    const PortBurst& burst = read_.burst();
    const std::uint32_t address = read_.address();
    if (burst.goes_to(Window::L1)) {
        Beat& data = read_.serve(true, commands_.in_flight());
        std::memcpy(data.data(), &l1_[address / kBeatBytes * kBeatBytes], kBeatBytes);
        return;
    }
    const auto value = burst.goes_to(Window::Registers)
                           ? registers_.value(register_offset(address), shown())
                           : std::nullopt;
    Beat& data = read_.serve(value.has_value());
    const std::uint64_t word = value.value_or(0);
    for (std::size_t place = 0; place < kBeatBytes; place += sizeof word) {
        std::memcpy(&data[place], &word, sizeof word);
    }
}

// Reads before writes: both see the state of this cycle, and only a write changes it.
void TimedTile::serve_port(TimedCommands::Arrivals& arrivals) {
    const bool reads = read_.has_beat();
    read_.arrive();
    const bool writes = write_.has_beat();
    const bool read_l1 = reads && read_.burst().goes_to(Window::L1);
    const bool write_l1 = writes && write_.burst().goes_to(Window::L1);
    const bool l1_is_free = (read_l1 || write_l1) && !commands_.uses_l1(cycle_);
    const bool read_has_l1 = l1_is_free && read_l1 && (!write_l1 || read_turn_);
    const bool write_has_l1 = l1_is_free && write_l1 && !read_has_l1;
    if (l1_is_free) {
        read_turn_ = !read_has_l1;
    }
    const bool registers_are_free = !(writes && write_.burst().goes_to(Window::Registers));
    if (reads &&
        (read_l1 ? read_has_l1 : registers_are_free || !read_.burst().goes_to(Window::Registers))) {
        serve_read();
    }
    if (writes && (!write_l1 || write_has_l1)) {
        serve_write(arrivals);
    }
}

const TileOutputs& TimedTile::cycle() {
    write_.show(outputs_);
    read_.show(outputs_);
    TimedCommands::Arrivals arrivals{.record_taken =
                                         commands_.record() != nullptr && inputs.completion_ready};
    serve_port(arrivals);
    write_.edge(inputs, outputs_);
    read_.edge(inputs, outputs_);
    finished_ = commands_.edge(cycle_, arrivals);
    if (finished_ != nullptr) {
        registers_.complete(finished_->completion, finished_->cycles);
    }
    advance(1);
    show_behind();
    return outputs_;
}

// To a cycle in which nothing happens on the way.
void TimedTile::advance(std::uint64_t cycles) {
    cycle_ += cycles;
    if (const Matmul* matmul = commands_.results(cycle_); matmul != nullptr) {
        run_matmul(*matmul, l1_, numerics::thread_workspace());
    }
}

void TimedTile::show_behind() {
    const Completion* record = commands_.record();
    outputs_.completion_valid = record != nullptr;
    if (record != nullptr) {
        outputs_.completion_tag = record->tag;
        outputs_.completion_status = static_cast<std::uint32_t>(record->status);
    }
    outputs_.irq = registers_.irq();
    outputs_.idle = commands_.idle() && port_idle();
}

std::uint64_t TimedTile::run_quiet(std::uint64_t most) {
    const bool level = outputs_.irq;
    std::uint64_t done = 0;
    while (done < most) {
        const auto next = commands_.next_event(cycle_);
        if (next && *next > cycle_ && port_idle() && commands_.record() == nullptr) {
            const std::uint64_t quiet = std::min(*next - cycle_, most - done);
            advance(quiet);
            finished_ = nullptr;
            done += quiet;
            if (done == most) {
                break;
            }
        }
        cycle();
        ++done;
        if (outputs_.completion_valid || outputs_.irq != level || outputs_.idle) {
            break;
        }
    }
    write_.show(outputs_);
    read_.show(outputs_);
    show_behind();
    return done;
}

void TimedTile::peek(std::uint64_t offset, std::span<std::byte> data) const {
    std::copy_n(l1_.data() + offset, data.size(), data.begin());
}

void TimedTile::poke(std::uint64_t offset, std::span<const std::byte> data) {
    std::ranges::copy(data, l1_.begin() + static_cast<std::ptrdiff_t>(offset));
}

void TimedTile::save(base::StateWriter& writer) const {
    writer.begin("timed_tile", 1);
    writer.bytes("l1", l1_);
    write_.save(writer);
    read_.save(writer);
    commands_.save(writer);
    registers_.save(writer);
    writer.value("cycle", cycle_);
    writer.value("read_turn", read_turn_ ? 1 : 0);
    writer.end();
}

void TimedTile::load(base::StateReader& reader) {
    reset();
    reader.begin("timed_tile", 1);
    reader.bytes("l1", l1_);
    write_.load(reader);
    read_.load(reader);
    commands_.load(reader);
    registers_.load(reader);
    cycle_ = reader.value("cycle");
    read_turn_ = reader.value("read_turn") != 0;
    reader.end();
    show_behind();
}

}  // namespace athena::tile
