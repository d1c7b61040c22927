// SPDX-License-Identifier: Apache-2.0
#include "tile/port_read.h"

#include "base/state.h"
#include "tile/port_state.h"

namespace athena::tile {

void ReadPort::reset() {
    addresses_.clear();
    beats_.clear();
    arriving_.valid = false;
    beat_ = 0;
}

void ReadPort::show(TileOutputs& outputs) const {
    outputs.ar_ready = !addresses_.full();
    outputs.r_valid = !beats_.empty();
    if (outputs.r_valid) {
        const Arriving& beat = beats_.front();
        outputs.r_id = beat.id;
        outputs.r_response = beat.ok ? kOkay : kSlaveError;
        outputs.r_last = beat.last;
        outputs.r_data = beat.data;
    }
}

void ReadPort::arrive() {
    if (arriving_.valid) {
        beats_.push(arriving_);
        arriving_.valid = false;
    }
}

Beat& ReadPort::serve(bool ok, Range in_flight) {
    arriving_.valid = true;
    arriving_.ok = ok;
    arriving_.last = beat_ == burst().last_beat;
    arriving_.id = burst().id;
    arriving_.place = {burst().is_legal ? burst().window : Window::None, address(), in_flight};
    if (arriving_.last) {
        addresses_.pop();
        beat_ = 0;
    } else {
        ++beat_;
    }
    return arriving_.data;
}

void ReadPort::edge(const TileInputs& inputs, const TileOutputs& outputs) {
    if (outputs.r_valid && inputs.r_ready) {
        beats_.pop();
    }
    if (inputs.ar.valid && outputs.ar_ready) {
        addresses_.push(PortBurst(inputs.ar, l1_bytes_));
    }
}

void ReadPort::save_beat(base::StateWriter& writer, const Arriving& beat) const {
    writer.value("ok", beat.ok ? 1 : 0);
    writer.value("last", beat.last ? 1 : 0);
    writer.value("id", beat.id);
    writer.value("window", static_cast<std::uint64_t>(beat.place.window));
    writer.value("address", beat.place.address);
    writer.value("in_flight", beat.place.in_flight.begin);
    writer.value("in_flight_end", beat.place.in_flight.end);
    writer.bytes("bytes", beat.data);
}

void ReadPort::load_beat(base::StateReader& reader, Arriving& beat) {
    beat.valid = true;
    beat.ok = reader.value("ok") != 0;
    beat.last = reader.value("last") != 0;
    beat.id = static_cast<std::uint8_t>(reader.value("id"));
    beat.place.window = static_cast<Window>(reader.value("window"));
    beat.place.address = static_cast<std::uint32_t>(reader.value("address"));
    beat.place.in_flight.begin = reader.value("in_flight");
    beat.place.in_flight.end = reader.value("in_flight_end");
    reader.bytes("bytes", beat.data);
}

void ReadPort::save(base::StateWriter& writer) const {
    writer.begin("read_port", 1);
    save_bursts(writer, addresses_);
    writer.value("beat", beat_);
    writer.value("beats", beats_.size());
    for (std::size_t i = 0; i < beats_.size(); ++i) {
        save_beat(writer, beats_.at(i));
    }
    writer.value("arriving", arriving_.valid ? 1 : 0);
    if (arriving_.valid) {
        save_beat(writer, arriving_);
    }
    writer.end();
}

void ReadPort::load(base::StateReader& reader) {
    reset();
    reader.begin("read_port", 1);
    load_bursts(reader, addresses_);
    beat_ = static_cast<std::uint8_t>(reader.value("beat"));
    for (std::uint64_t left = load_count(reader, "beats", kDepth); left > 0; --left) {
        load_beat(reader, beats_.push());
    }
    if (reader.value("arriving") != 0) {
        load_beat(reader, arriving_);
    }
    reader.end();
}

}  // namespace athena::tile
