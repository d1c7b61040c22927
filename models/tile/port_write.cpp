// SPDX-License-Identifier: Apache-2.0
#include "tile/port_write.h"

#include "base/state.h"
#include "tile/port_state.h"

namespace athena::tile {

void WritePort::reset() {
    addresses_.clear();
    data_.clear();
    responses_.clear();
    beat_ = 0;
}

void WritePort::show(TileOutputs& outputs) const {
    outputs.aw_ready = !addresses_.full();
    outputs.w_ready = !data_.full();
    outputs.b_valid = !responses_.empty();
    if (outputs.b_valid) {
        outputs.b_id = responses_.front().id;
        outputs.b_response = responses_.front().ok ? kOkay : kSlaveError;
    }
}

void WritePort::serve(bool ok) {
    data_.pop();
    if (!is_last()) {
        ++beat_;
        return;
    }
    responses_.push({burst().id, ok});
    addresses_.pop();
    beat_ = 0;
}

void WritePort::edge(const TileInputs& inputs, const TileOutputs& outputs) {
    if (outputs.b_valid && inputs.b_ready) {
        responses_.pop();
    }
    if (inputs.aw.valid && outputs.aw_ready) {
        addresses_.push(PortBurst(inputs.aw, l1_bytes_));
    }
    if (inputs.w_valid && outputs.w_ready) {
        WriteData& data = data_.push();
        data.data = inputs.w_data;
        data.strobe = inputs.w_strobe;
    }
}

void WritePort::save(base::StateWriter& writer) const {
    writer.begin("write_port", 1);
    save_bursts(writer, addresses_);
    writer.value("beat", beat_);
    writer.value("data", data_.size());
    for (std::size_t i = 0; i < data_.size(); ++i) {
        writer.bytes("bytes", data_.at(i).data);
        writer.value("strobe", data_.at(i).strobe);
    }
    writer.value("responses", responses_.size());
    for (std::size_t i = 0; i < responses_.size(); ++i) {
        writer.value("id", responses_.at(i).id);
        writer.value("ok", responses_.at(i).ok ? 1 : 0);
    }
    writer.end();
}

void WritePort::load(base::StateReader& reader) {
    reset();
    reader.begin("write_port", 1);
    load_bursts(reader, addresses_);
    beat_ = static_cast<std::uint8_t>(reader.value("beat"));
    for (std::uint64_t left = load_count(reader, "data", 2); left > 0; --left) {
        WriteData& data = data_.push();
        reader.bytes("bytes", data.data);
        data.strobe = reader.value("strobe");
    }
    for (std::uint64_t left = load_count(reader, "responses", 2); left > 0; --left) {
        Response& response = responses_.push();
        response.id = static_cast<std::uint8_t>(reader.value("id"));
        response.ok = reader.value("ok") != 0;
    }
    reader.end();
}

}  // namespace athena::tile
