// SPDX-License-Identifier: Apache-2.0
#include "tile/axi_driver.h"

#include <algorithm>
#include <cstring>

#include "base/state.h"
#include "tile/cycles.h"

namespace athena::tile {

namespace {

constexpr std::uint8_t kIds = 15;             // id 15 is VerilatedPort's
constexpr std::uint64_t kLongestGap = 64;     // cycles of a hesitation
constexpr std::uint64_t kLongestHold = 4096;  // of the completion stream

struct Lanes {
    std::uint64_t first;  // byte of the transfer's data
    std::uint64_t count;
    std::uint64_t lane;  // of the first byte
};

// The bytes of a transfer that beat `index` carries (IHI 0022, A3.4.1).
Lanes lanes_of(const AxiTransfer& transfer, std::uint64_t index) {
    const std::uint64_t size = std::uint64_t{1} << transfer.size;
    const std::uint64_t aligned = transfer.address & ~(size - 1);
    const std::uint64_t begin = index == 0 ? transfer.address : aligned + index * size;
    const std::uint64_t end = std::min<std::uint64_t>(aligned + (index + 1) * size,
                                                      transfer.address + transfer.data.size());
    return {begin - transfer.address, end - begin, begin % kBeatBytes};
}

std::string failed_text(const TimedTile& /*tile*/) {
    return "";  // it has none
}
template <typename Rtl>
std::string failed_text(const Rtl& tile) {
    return tile.assertion().empty() ? "the RTL's AXI port does not answer"
                                    : "the RTL stops: " + tile.assertion();
}

void save_tile(base::StateWriter& writer, const VerilatedTile& tile) {
    writer.bytes("rtl", tile.save());
}
void save_tile(base::StateWriter& writer, const TimedTile& tile) {
    tile.save(writer);
}
void save_tile(base::StateWriter& writer, const TilePair& tile) {
    save_tile(writer, tile.rtl());
    save_tile(writer, tile.timed());
}

void load_tile(base::StateReader& reader, VerilatedTile& tile) {
    const std::vector<std::byte> rtl = reader.bytes("rtl");
    if (rtl.size() != tile.save().size()) {
        throw base::StateError("tile: saved with another Verilated build");
    }
    tile.load(rtl);
}
void load_tile(base::StateReader& reader, TimedTile& tile) {
    tile.load(reader);
}
void load_tile(base::StateReader& reader, TilePair& tile) {
    load_tile(reader, tile.rtl());
    load_tile(reader, tile.timed());
}

}  // namespace

template <typename Tile>
void PortDriver<Tile>::set_stalls(const Stalls& stalls) {
    stalls_ = stalls;
    random_.seed(stalls.seed);
}

template <typename Tile>
void PortDriver<Tile>::reset() {
    writes_.clear();
    reads_.clear();
    records.clear();
    finished.clear();
    tile_.inputs = TileInputs{};
    tile_.reset();
    cycle_ = 0;
    last_progress_ = 0;
    idle_ = tile_.outputs().idle;
    irq_ = false;
    record_waits_ = false;
    hesitates_until_ = {};
    failure_.reset();
}

template <typename Tile>
void PortDriver<Tile>::start(const AxiTransfer& transfer) {
    if (recording_ != nullptr) {
        RecordedAccess& access = recording_->emplace_back();
        access = {.cycle = cycle_,
                  .write = transfer.write,
                  .address = transfer.address,
                  .size = transfer.size,
                  .burst = transfer.burst,
                  .data = std::vector<std::byte>(transfer.data.size()),
                  .enables = {transfer.enables.begin(), transfer.enables.end()}};
        if (transfer.write) {
            std::ranges::copy(transfer.data, access.data.begin());
        }
    }
    const std::uint64_t cycles =
        (transfer.write ? kWriteCycles : kReadCycles) + transfer.beats() - 1;
    (transfer.write ? writes_ : reads_)
        .push_back({.transfer = transfer, .id = next_id_, .earliest = cycle_ + cycles});
    next_id_ = static_cast<std::uint8_t>((next_id_ + 1) % kIds);
    last_progress_ = cycle_;
}

// The response to the last beat of a write comes two cycles behind it.
template <typename Tile>
std::optional<std::uint64_t> PortDriver<Tile>::earliest_finish() const {
    std::optional<std::uint64_t> earliest;
    for (const std::deque<Active>* queue : {&writes_, &reads_}) {
        if (queue->empty()) {
            continue;
        }
        const Active& active = queue->front();
        const std::uint64_t left = active.transfer.beats() - active.beats;
        const std::uint64_t cycles = active.transfer.write && left != 0
                                         ? left + kWriteCycles - 1
                                         : std::max<std::uint64_t>(left, 1);
        const std::uint64_t finish = std::max(active.earliest, cycle_ + cycles);
        earliest = std::min(earliest.value_or(finish), finish);
    }
    return earliest;
}

template <typename Tile>
bool PortDriver<Tile>::hesitate(Channel channel) {
    const unsigned percent = stalls_.percent[channel];
    if (percent == 0) {
        return false;
    }
    std::uint64_t& until = hesitates_until_[channel];
    if (cycle_ >= until && random_() % 100 < percent) {
        // One time in sixteen for long; records more seldom, but for so long that their stream
        // fills.
        const bool is_record = channel == kCompletion;
        const bool is_long = random_() % (is_record ? 64 : 16) == 0;
        const std::uint64_t most = is_record ? kLongestHold : kLongestGap;
        until = cycle_ + 1 + (is_long ? random_() % most : 0);
    }
    return cycle_ < until;
}

template <typename Tile>
typename PortDriver<Tile>::Active* PortDriver<Tile>::next_address(std::deque<Active>& queue) {
    const auto found =
        std::ranges::find_if(queue, [](const Active& active) { return !active.addressed; });
    return found == queue.end() ? nullptr : &*found;
}

template <typename Tile>
typename PortDriver<Tile>::Active* PortDriver<Tile>::next_data() {
    const auto found = std::ranges::find_if(
        writes_, [](const Active& active) { return active.beats < active.transfer.beats(); });
    return found == writes_.end() ? nullptr : &*found;
}

// What is valid stays so until it is taken.
template <typename Tile>
void PortDriver<Tile>::drive_address(Channel channel, AxiAddress& address,
                                     std::deque<Active>& queue) {
    if (address.valid) {
        return;
    }
    const Active* active = next_address(queue);
    if (active == nullptr || hesitate(channel)) {
        return;
    }
    const AxiTransfer& transfer = active->transfer;
    address = {.valid = true,
               .id = active->id,
               .length = static_cast<std::uint8_t>(transfer.beats() - 1),
               .size = transfer.size,
               .burst = transfer.burst,
               .address = transfer.address};
}

template <typename Tile>
void PortDriver<Tile>::drive_data() {
    TileInputs& inputs = tile_.inputs;
    if (inputs.w_valid) {
        return;
    }
    const Active* active = next_data();
    if (active == nullptr || hesitate(kW)) {
        return;
    }
    const AxiTransfer& transfer = active->transfer;
    const Lanes lanes = lanes_of(transfer, active->beats);
    inputs.w_valid = true;
    inputs.w_last = active->beats + 1 == transfer.beats();
    inputs.w_strobe = 0;
    std::memcpy(&inputs.w_data[lanes.lane], &transfer.data[lanes.first], lanes.count);
    for (std::uint64_t i = 0; i < lanes.count; ++i) {
        const bool on = transfer.enables.empty() || transfer.enables[lanes.first + i] != 0;
        inputs.w_strobe |= std::uint64_t{on ? 1U : 0U} << (lanes.lane + i);
    }
}

template <typename Tile>
void PortDriver<Tile>::step() {
    TileInputs& inputs = tile_.inputs;
    if (!writes_.empty()) {
        drive_address(kAw, inputs.aw, writes_);
        drive_data();
    }
    if (!reads_.empty()) {
        drive_address(kAr, inputs.ar, reads_);
    }
    inputs.b_ready = !hesitate(kB);
    inputs.r_ready = !hesitate(kR);
    inputs.completion_ready = !hesitate(kCompletion);
    const TileOutputs& outputs = tile_.cycle();
    ++cycle_;
    take(outputs);
}

template <typename Tile>
void PortDriver<Tile>::run(std::uint64_t limit) {
    const std::size_t already = records.size();
    const std::size_t already_finished = finished.size();
    const bool level = irq_;
    while (cycle_ < limit && records.size() == already && finished.size() == already_finished &&
           irq_ == level && !failure_ && !idle()) {
        if (busy() || stalls_.any()) {
            step();
        } else {
            tile_.inputs.b_ready = true;
            tile_.inputs.r_ready = true;
            tile_.inputs.completion_ready = true;
            cycle_ += tile_.run_quiet(limit - cycle_);
            take(tile_.outputs());
        }
    }
}

template <typename Tile>
void PortDriver<Tile>::skip_to(std::uint64_t cycle) {
    tile_.skip(cycle - cycle_);
    cycle_ = cycle;
}

template <typename Tile>
void PortDriver<Tile>::take(const TileOutputs& outputs) {
    if (!writes_.empty()) {
        take_write(outputs);
    }
    if (!reads_.empty()) {
        take_read(outputs);
    }
    take_record(outputs);
    if (!failure_ && busy() && cycle_ - last_progress_ > kLongestWait) {
        fail("no handshake on AXI for " + std::to_string(kLongestWait) + " cycles");
    }
    if (!failure_ && tile_.failed()) {
        fail(failed_text(tile_));
    }
    if constexpr (requires { tile_.difference(); }) {
        if (tile_.difference() && !failure_) {
            failure_ = *tile_.difference();
        }
    }
    idle_ = outputs.idle;
    irq_ = outputs.irq;
}

template <typename Tile>
void PortDriver<Tile>::take_write(const TileOutputs& outputs) {
    TileInputs& inputs = tile_.inputs;
    if (inputs.aw.valid && outputs.aw_ready) {
        next_address(writes_)->addressed = true;
        inputs.aw.valid = false;
        last_progress_ = cycle_;
    }
    if (inputs.w_valid && outputs.w_ready) {
        ++next_data()->beats;
        inputs.w_valid = false;
        last_progress_ = cycle_;
    }
    if (outputs.b_valid && inputs.b_ready) {
        Active& active = writes_.front();
        if (!active.addressed || active.beats != active.transfer.beats() ||
            outputs.b_id != active.id) {
            fail("write response before its burst or with another id");
            return;
        }
        active.ok = outputs.b_response == 0;
        finish(writes_);
    }
}

template <typename Tile>
void PortDriver<Tile>::take_read(const TileOutputs& outputs) {
    TileInputs& inputs = tile_.inputs;
    if (inputs.ar.valid && outputs.ar_ready) {
        next_address(reads_)->addressed = true;
        inputs.ar.valid = false;
        last_progress_ = cycle_;
    }
    if (!outputs.r_valid || !inputs.r_ready) {
        return;
    }
    Active& active = reads_.front();
    const AxiTransfer& transfer = active.transfer;
    const Lanes lanes = lanes_of(transfer, active.beats);
    const bool last = active.beats + 1 == transfer.beats();
    if (!active.addressed || outputs.r_id != active.id || outputs.r_last != last) {
        fail("read beat before its address, with another id, or last at the wrong place");
        return;
    }
    std::memcpy(&transfer.data[lanes.first], &outputs.r_data[lanes.lane], lanes.count);
    active.ok = active.ok && outputs.r_response == 0;
    ++active.beats;
    last_progress_ = cycle_;
    if (last) {
        finish(reads_);
    }
}

// Records are seen behind the edge, so one that was there before it and not taken is no new one.
template <typename Tile>
void PortDriver<Tile>::take_record(const TileOutputs& outputs) {
    const bool stays = record_waits_ && !tile_.inputs.completion_ready;
    const Completion record{outputs.completion_tag, static_cast<Status>(outputs.completion_status)};
    if (stays && !(outputs.completion_valid && record == waiting_record_)) {
        fail("a completion record changed before it was taken");
    }
    record_waits_ = outputs.completion_valid;
    waiting_record_ = record;
    if (outputs.completion_valid && !stays) {
        records.push_back({cycle_, record});
    }
}

template <typename Tile>
void PortDriver<Tile>::finish(std::deque<Active>& queue) {
    const Active& active = queue.front();
    finished.push_back({active.transfer.ticket, active.ok, cycle_});
    last_progress_ = cycle_;
    queue.pop_front();
}

template <typename Tile>
void PortDriver<Tile>::save(base::StateWriter& writer) const {
    writer.begin("axi_driver", 1);
    save_tile(writer, tile_);
    writer.value("cycle", cycle_);
    writer.value("next_id", next_id_);
    writer.value("idle", idle_ ? 1 : 0);
    writer.value("irq", irq_ ? 1 : 0);
    writer.value("record_waits", record_waits_ ? 1 : 0);
    writer.value("record_tag", waiting_record_.tag);
    writer.value("record_status", static_cast<std::uint64_t>(waiting_record_.status));
    writer.end();
}

template <typename Tile>
void PortDriver<Tile>::load(base::StateReader& reader) {
    reset();
    reader.begin("axi_driver", 1);
    load_tile(reader, tile_);
    cycle_ = reader.value("cycle");
    next_id_ = static_cast<std::uint8_t>(reader.value("next_id"));
    idle_ = reader.value("idle") != 0;
    irq_ = reader.value("irq") != 0;
    record_waits_ = reader.value("record_waits") != 0;
    waiting_record_.tag = static_cast<std::uint32_t>(reader.value("record_tag"));
    waiting_record_.status = static_cast<Status>(reader.value("record_status"));
    reader.end();
}

template <typename Tile>
void PortDriver<Tile>::fail(const std::string& text) {
    failure_ = text + " (cycle " + std::to_string(cycle_) + ")";
}

template class PortDriver<VerilatedTile>;
template class PortDriver<TimedTile>;
template class PortDriver<TilePair>;

}  // namespace athena::tile
