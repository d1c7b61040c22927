// SPDX-License-Identifier: Apache-2.0
#include "memory/hbm_controller.h"

#include <algorithm>
#include <stdexcept>

namespace athena::memory {

namespace {

constexpr std::uint32_t kStateVersion = 1;

const HbmConfig& checked(const HbmConfig& config) {
    if (const auto reason = config.check()) {
        throw std::invalid_argument(*reason);
    }
    return config;
}

}  // namespace

HbmController::HbmController(const HbmConfig& config)
    : config_(checked(config)),
      map_(config),
      channel_(config.total_channels(), HbmChannel(config)),
      due_(config.total_channels()),
      scratch_(config) {}

void HbmController::look(unsigned index) {
    due_.set(index, channel_[index].completion_bound());
}

unsigned HbmController::bursts(std::uint64_t address, unsigned bytes) const {
    if (bytes == 0 || bytes > contiguous(address)) {
        throw std::invalid_argument("an HBM request of " + std::to_string(bytes) +
                                    " bytes where one covers 1 to " +
                                    std::to_string(contiguous(address)));
    }
    return map_.bursts(address, bytes);
}

bool HbmController::accept(HbmCycle now, const HbmRequest& request) {
    const unsigned count = bursts(request.address, request.bytes);
    const HbmLocation where = map_.locate(request.address);
    const bool accepted =
        channel_[where.channel].accept(now, where, count, request.write, request.handle);
    look(where.channel);  // refused or not, the channel has gone on
    return accepted;
}

std::optional<HbmCompletion> HbmController::advance(HbmCycle until) {
    // The channel whose completion may be the first goes on until another's may be. Completions of
    // the same cycle come in the order of the channels.
    while (due_.cycle() <= until) {
        const unsigned index = due_.channel();
        const HbmCycle horizon = std::min(until, due_.bound_of_others());
        const std::optional<HbmCompletion> completion = channel_[index].advance(horizon);
        look(index);
        if (completion) {
            return completion;
        }
    }
    return std::nullopt;
}

HbmCycle HbmController::next_activity() const {
    return due_.cycle();
}

HbmCycle HbmController::next_command(std::uint64_t address) const {
    return channel_[map_.locate(address).channel].next_activity();
}

HbmCycle HbmController::reserve(HbmCycle now, std::uint64_t address, bool write, unsigned bytes) {
    const unsigned count = bursts(address, bytes);
    const HbmLocation where = map_.locate(address);
    const HbmCycle end = channel_[where.channel].reserve(now, where, count, write, scratch_);
    look(where.channel);
    return end;
}

void HbmController::settle(HbmCycle now) {
    for (unsigned i = 0; i < channels(); ++i) {
        channel_[i].settle(now);
        look(i);
    }
}

std::optional<std::string> HbmController::check_conservation() const {
    for (unsigned i = 0; i < channels(); ++i) {
        if (const auto reason = channel_[i].check_conservation()) {
            return "channel " + std::to_string(i) + ": " + *reason;
        }
    }
    return std::nullopt;
}

void HbmController::save(base::StateWriter& writer) const {
    writer.begin("hbm", kStateVersion);
    writer.value("channels", channel_.size());
    for (const HbmChannel& channel : channel_) {
        channel.save(writer);
    }
    writer.end();
}

void HbmController::load(base::StateReader& reader) {
    reader.begin("hbm", kStateVersion);
    if (reader.value("channels") != channel_.size()) {
        throw base::StateError("saved HBM has another number of channels");
    }
    for (unsigned i = 0; i < channels(); ++i) {
        channel_[i].load(reader);
        look(i);
    }
    reader.end();
}

}  // namespace athena::memory
