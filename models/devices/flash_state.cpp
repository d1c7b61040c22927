// SPDX-License-Identifier: Apache-2.0
#include "base/state.h"
#include "devices/flash.h"

namespace athena::devices {

namespace {

constexpr std::uint32_t kStateVersion = 1;

}  // namespace

void Flash::save(base::StateWriter& writer) const {
    writer.begin("flash", kStateVersion);
    writer.value("mode", static_cast<std::uint64_t>(state_.mode));
    writer.value("await", static_cast<std::uint64_t>(state_.await));
    writer.value("status", state_.status);
    writer.value("block", state_.block);
    writer.value("writes_to_come", state_.writes_to_come);
    writer.value("buffered", state_.buffer.size());
    for (const Write& buffered : state_.buffer) {
        writer.value("address", buffered.address);
        writer.value("length", buffered.length);
        writer.value("value", buffered.value);
    }
    for (const bool locked : locked_) {
        writer.value("locked", locked ? 1 : 0);
    }
    writer.value("programmed_bytes", programmed_bytes_);
    writer.value("erased_blocks", erased_blocks_);
    writer.value("errors", errors_);
    writer.end();
}

void Flash::load(base::StateReader& reader) {
    reader.begin("flash", kStateVersion);
    state_.mode = static_cast<Mode>(reader.value("mode"));
    state_.await = static_cast<Await>(reader.value("await"));
    state_.status = static_cast<std::uint8_t>(reader.value("status"));
    state_.block = static_cast<std::uint32_t>(reader.value("block"));
    state_.writes_to_come = static_cast<std::uint32_t>(reader.value("writes_to_come"));
    state_.buffer.resize(reader.value("buffered"));
    for (Write& buffered : state_.buffer) {
        buffered.address = static_cast<std::uint32_t>(reader.value("address"));
        buffered.length = static_cast<std::uint32_t>(reader.value("length"));
        buffered.value = static_cast<std::uint32_t>(reader.value("value"));
    }
    for (auto&& locked : locked_) {
        locked = reader.value("locked") != 0;
    }
    programmed_bytes_ = reader.value("programmed_bytes");
    erased_blocks_ = reader.value("erased_blocks");
    errors_ = reader.value("errors");
    reader.end();
}

}  // namespace athena::devices
