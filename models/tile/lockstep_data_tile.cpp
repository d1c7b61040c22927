// SPDX-License-Identifier: Apache-2.0
#include "tile/lockstep_data_tile.h"

#include <algorithm>
#include <cstring>

#include "base/register_info.h"
#include "base/state.h"
#include "regs/tile_regs.h"
#include "tile/byte_difference.h"

namespace athena::tile {

namespace {

namespace regs = athena::regs::tile;

// A tile that works one term after the other and reads each operand by itself takes half of it.
constexpr std::uint64_t kMostCyclesOfTerm = 16;
constexpr std::uint64_t kMostCyclesOfCommand = 100'000;  // whatever its size

Range range_of(const Request& request) {
    return {request.offset, request.offset + request.data.size()};
}

std::uint64_t value_of(std::span<const std::byte> data) {
    std::uint64_t value = 0;
    std::memcpy(&value, data.data(), data.size());
    return value;
}

}  // namespace

LockstepDataTile::LockstepDataTile(History history)
    : history_(history), reference_(VerilatedTile::config()) {
    if (history_.kept()) {
        record(&history_.recording());
    }
}

void LockstepDataTile::begin_history() {
    if (history_.due() && !driver().busy()) {
        const auto ctrl = reference_.core().peek(regs::kCtrlOffset, 1, driver().cycle());
        history_.begin(driver().cycle(), static_cast<std::byte>(ctrl.value_or(0)),
                       reference_.core().l1(),
                       history_.state_due() ? saved_driver() : std::vector<std::byte>{});
    }
}

std::optional<std::uint32_t> LockstepDataTile::nearest_tag() const {
    const auto line = reference_.core().outstanding(0);
    return line ? decode_matmul(*line, reference_.core().l1().size()).matmul.tag : completed_tag_;
}

Difference LockstepDataTile::failure_details() const {
    if (difference_) {
        return difference_;
    }
    Difference details = failure_at_cycle();
    details.nearest = nearest_tag();
    return details;
}

void LockstepDataTile::reset(std::uint64_t cycle) {
    RtlTile::reset(cycle);
    reference_.reset();
    difference_ = {};
    pending_.clear();
    transfers_.clear();
    completed_tag_ = {};
    oldest_since_ = 0;
    abortable_ = 0;
    irq_unsure_ = 0;
    l1_changed_ = false;
    registers_changed_ = false;
    history_.restart(0);
}

void LockstepDataTile::differ(const Difference& difference) {
    if (difference && failure_.empty()) {
        difference_ = difference;
        difference_.cycle = difference.cycle.value_or(driver().cycle());
        difference_.nearest = nearest_tag();
        difference_.assertion = driver().tile().assertion();
        failure_ = *difference;
    }
}

void LockstepDataTile::on_record(const TileRecord& record) {
    history_.completed(record.cycle);
    completed_tag_ = record.completion.tag;
    oldest_since_ = record.cycle;
    const std::size_t index = pending_.size();
    const Range range = reference_.result_of(index);
    Pending& pending = pending_.emplace_back();
    pending.record = record;
    // A tile whose inside is unknown is read by its port, while a later command may write already.
    bool readable = range.end <= VerilatedTile::config().l1_bytes;
    for (std::size_t later = index + 1;
         !VerilatedTile::is_ours() && later < reference_.outstanding(); ++later) {
        readable = readable && !reference_.result_of(later).meets(range);
    }
    if (readable) {
        pending.result.resize(range.end - range.begin);
        RtlTile::peek(range.begin, pending.result);
    }
}

// At most so many of the oldest.
void LockstepDataTile::complete(std::size_t most) {
    const std::size_t count = std::min(most, pending_.size());
    for (std::size_t i = 0; i < count; ++i) {
        const Pending& pending = pending_[i];
        if (abortable_ != 0 && pending.record.completion.status == Status::Aborted) {
            reference_.core().abort_oldest();
        }
        abortable_ -= abortable_ != 0 ? 1 : 0;
        race(reference_.result_of(0));
        differ(reference_.complete(pending.record, pending.result));
    }
    l1_changed_ |= count != 0;
    registers_changed_ |= count != 0;
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(count));
}

void LockstepDataTile::complete_all() {
    complete(pending_.size());
    end_transfers();
    check_outstanding();
    if (!driver().idle() || reference_.outstanding() != 0) {
        return;
    }
    settle_irq();
    if (registers_changed_) {
        registers_changed_ = false;
        differ(compare_registers());
    }
    if (l1_changed_) {
        l1_changed_ = false;
        differ(reference_.compare_l1(driver().tile()));
    }
    if (failure_.empty() && driver().irq() != reference_.core().irq()) {
        differ("the interrupt is " + std::string(driver().irq() ? "high" : "low") +
               " in the RTL only, cycle " + std::to_string(driver().cycle()));
    }
}

Difference LockstepDataTile::compare_idle() {
    settle_irq();
    const Difference registers = compare_registers();
    return registers ? registers : reference_.compare_l1(driver().tile());
}

Difference LockstepDataTile::compare_registers() {
    const std::uint64_t cycle = driver().cycle();
    for (const base::RegisterInfo& info : regs::kRegisters) {
        const auto rtl = driver().tile().register_value(info.offset);
        const auto model = reference_.timed().read_register(cycle, info.offset, info.width);
        if (!Reference::is_timing(info.offset) && rtl != model) {
            return std::string(info.name) +
                   both_values(rtl.value_or(0), model.value_or(0), info.width) + ", cycle " +
                   std::to_string(cycle);
        }
    }
    return std::nullopt;
}

std::uint64_t LockstepDataTile::most_cycles(const Matmul& matmul) {
    const std::uint64_t terms = matmul.c.rows * matmul.c.columns * (matmul.k + 1);
    return kMostCyclesOfCommand + kMostCyclesOfTerm * terms;
}

// What never comes would never be compared.
void LockstepDataTile::check_outstanding() {
    const auto line = reference_.core().outstanding(0);
    if (!line) {
        return;
    }
    const std::uint64_t cycle = driver().cycle();
    if (driver().idle()) {
        differ("idle_o is high in the RTL, " + std::to_string(reference_.outstanding()) +
               " commands are outstanding, cycle " + std::to_string(cycle));
        return;
    }
    const std::uint64_t taken = cycle - oldest_since_;
    if (taken <= kMostCyclesOfCommand) [[likely]] {
        return;
    }
    const Matmul matmul = decode_matmul(*line, reference_.core().l1().size()).matmul;
    if (taken > most_cycles(matmul)) {
        differ(of_command("not completed after " + std::to_string(taken) + " cycles", matmul.tag,
                          cycle));
    }
}

// A cause that was set and cleared at about the same time: as the RTL has it.
void LockstepDataTile::settle_irq() {
    if (irq_unsure_ == 0) {
        return;
    }
    const std::uint64_t clear =
        irq_unsure_ & ~driver().tile().register_value(regs::kIrqOffset).value_or(0);
    irq_unsure_ = 0;
    static_cast<void>(reference_.core().write(regs::kIrqOffset, 1, clear));
}

void LockstepDataTile::begin(std::uint64_t cycle, const Request& request, std::uint32_t ticket) {
    begin_history();
    RtlTile::begin(cycle, request, ticket);
    if (failure_.empty()) {
        history_.accessed(driver().cycle(), request, true);
    }
    transfers_.push_back({.ticket = ticket, .request = request, .races = meets_write(request)});
    race(request);
    complete_all();
}

void LockstepDataTile::on_end(std::uint32_t ticket, bool ok) {
    Transfer& transfer = *std::ranges::find(transfers_, ticket, &Transfer::ticket);
    transfer.ended = true;
    transfer.ok = ok;
}

// Reads that are under way may find these bytes before or behind the write.
void LockstepDataTile::race(const Request& request) {
    if (request.write) {
        race(range_of(request));
    }
}
void LockstepDataTile::race(Range written) {
    for (Transfer& transfer : transfers_) {
        transfer.races = transfer.races || range_of(transfer.request).meets(written);
    }
}
bool LockstepDataTile::meets_write(const Request& request) const {
    return std::ranges::any_of(transfers_, [&](const Transfer& transfer) {
        return transfer.request.write && range_of(transfer.request).meets(range_of(request));
    });
}

void LockstepDataTile::end_transfers() {
    for (const Transfer& transfer : transfers_) {
        if (!transfer.ended) {
            continue;
        }
        const Request& request = transfer.request;
        check_ok(transfer.ok, true, request);
        bool unsure = transfer.races;
        for (std::size_t i = 0; i < reference_.outstanding(); ++i) {
            unsure = unsure || reference_.result_of(i).meets(range_of(request));
        }
        if (request.write) {
            reference_.write_l1(request.offset, request.data, request.enables);
        } else if (!unsure) {
            differ(reference_.check_l1_read(request.offset, request.data));
        }
    }
    std::erase_if(transfers_, &Transfer::ended);
}

Response LockstepDataTile::access(std::uint64_t cycle, const Request& request) {
    begin_history();
    const bool races = request.offset < kRegistersWindow && meets_write(request);
    const Response response = RtlTile::access(cycle, request);
    if (failure_.empty()) {
        history_.accessed(driver().cycle(), request, response.ok);
    }
    check_access(request, response, races);
    complete_all();
    return response;
}

void LockstepDataTile::check_access(const Request& request, const Response& response, bool races) {
    if (request.offset < kRegistersWindow) {
        if (!request.write) {
            complete_all();
            if (!races) {
                differ(reference_.check_l1_read(request.offset, request.data));
            }
        } else {
            race(request);
            end_transfers();
            reference_.write_l1(request.offset, request.data, request.enables);
        }
        check_ok(response.ok, true, request);
    } else if (request.offset < kQueueWindow) {
        check_register(request, response.ok);
    } else {
        check_push(request, response.ok);
    }
}

void LockstepDataTile::check_push(const Request& request, bool ok) {
    // The running command, those that wait, and those whose record came while the line was on its
    // way: it may have found the queue before or after.
    const std::size_t before = reference_.outstanding();
    const std::size_t completed = std::min(before, pending_.size());
    const std::size_t depth = VerilatedTile::config().queue_depth;
    complete(completed);
    if (ok ? before - completed > depth : before < depth) {
        differ("a line finds the queue " + std::string(ok ? "free" : "full") + " in the RTL, " +
               std::to_string(before) + " commands are outstanding, cycle " +
               std::to_string(driver().cycle()));
    }
    if (ok) {
        oldest_since_ = reference_.outstanding() == 0 ? driver().cycle() : oldest_since_;
        reference_.timed().accept(driver().cycle() - kWriteResponseCycles,
                                  CommandLine(request.data.data(), kBeatBytes));
    } else {
        reference_.core().refuse();
    }
}

void LockstepDataTile::check_register(const Request& request, bool ok) {
    const std::uint64_t offset = request.offset - kRegistersWindow;
    const auto size = static_cast<unsigned>(request.data.size());
    const std::uint64_t cycle = driver().cycle();
    if (request.write) {
        const std::uint64_t value = value_of(request.data);
        const std::uint64_t place = offset / 8 * 8;
        if (place == regs::kIrqOffset && reference_.outstanding() != 0) {
            irq_unsure_ |= value << 8 * (offset - place);
        } else {
            // Of the others an abort may find all that were outstanding, but for the oldest.
            const std::size_t before = reference_.outstanding();
            const bool racing = !pending_.empty();
            abortable_ = racing && place == regs::kCtrlOffset ? before : abortable_;
            complete(pending_.size());
        }
        check_ok(ok, reference_.timed().write_register(cycle, offset, request.data), request);
        registers_changed_ = true;
        return;
    }
    const bool quiet = reference_.outstanding() == 0;
    complete(pending_.size());
    const auto value = reference_.timed().read_register(cycle, offset, size);
    check_ok(ok, value.has_value(), request);
    if (!ok || !value || !quiet || Reference::is_timing(offset)) {
        return;
    }
    settle_irq();
    const std::uint64_t found = value_of(request.data);
    const auto settled = reference_.timed().read_register(cycle, offset, size);
    if (found != *settled) {
        differ("read of " + register_name(offset) + both_values(found, *settled, size) +
               ", cycle " + std::to_string(cycle));
    }
}

void LockstepDataTile::check_ok(bool rtl, bool model, const Request& request) {
    if (rtl != model) {
        differ("access at offset " + std::to_string(request.offset) + " is answered with " +
               std::string(rtl ? "OK" : "an error") + " in the RTL only, cycle " +
               std::to_string(driver().cycle()));
    }
}

void LockstepDataTile::advance(std::uint64_t limit) {
    if (history_.empty()) {
        begin_history();  // the tile may differ before it is asked anything
    }
    RtlTile::advance(limit);
    complete_all();
}

void LockstepDataTile::poke(std::uint64_t offset, std::span<const std::byte> data) {
    RtlTile::poke(offset, data);
    reference_.write_l1(offset, data, {});
    history_.forget();
}

void LockstepDataTile::save(base::StateWriter& writer) const {
    writer.begin("lockstep_data_tile", 1);
    RtlTile::save(writer);
    reference_.timed().save(writer);
    writer.value("abortable", abortable_);
    writer.value("irq_unsure", irq_unsure_);
    writer.end();
}

void LockstepDataTile::load(base::StateReader& reader) {
    reader.begin("lockstep_data_tile", 1);
    RtlTile::load(reader);
    reference_.timed().load(reader);
    abortable_ = reader.value("abortable");
    irq_unsure_ = reader.value("irq_unsure");
    oldest_since_ = driver().cycle();
    l1_changed_ = true;
    registers_changed_ = true;
    reader.end();
    history_.restart(outstanding());
}

}  // namespace athena::tile
