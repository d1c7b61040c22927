// SPDX-License-Identifier: Apache-2.0
// Waits for semaphores and for second lines, and the timeout that ends them. A wait costs the host
// an event only if its ring has a timeout.
#include <algorithm>

#include "command/command_core.h"

namespace athena::command {

std::array<Wait, 2> CommandCore::waits_of(LineView line) {
    const regs::descriptor::DescriptorConstView header(line);
    std::array<Wait, 2> waits{};
    if (header.wait0() != 0) {
        waits[0] = {header.wait0_sem(), header.wait0_value()};
    }
    if (header.wait1() != 0) {
        waits[1] = {header.wait1_sem(), header.wait1_value()};
    }
    const bool both = header.wait0() != 0 && header.wait1() != 0 && header.wait0_sub() != 0 &&
                      header.wait1_sub() != 0 && header.wait0_sem() == header.wait1_sem();
    if (both) {
        waits[1].value += waits[0].value;
    }
    return waits;
}

std::optional<Wait> CommandCore::unmet_wait(LineView line) const {
    for (const Wait& wait : waits_of(line)) {
        if (!satisfied(wait)) {
            return wait;
        }
    }
    return std::nullopt;
}

// Whether a descriptor of the ring has to wait; `since` is the cycle at which it began to.
bool CommandCore::await(std::uint32_t ring, const std::array<Wait, 2>& waits,
                        std::optional<std::uint64_t>& since) {
    if (satisfied(waits[0]) && satisfied(waits[1])) {
        since.reset();
        return false;
    }
    begin_wait(ring, since);
    return true;
}

void CommandCore::begin_wait(std::uint32_t ring, std::optional<std::uint64_t>& since) {
    if (!since) {
        since = host_.cycles();
        if (!watches_[ring].armed) {
            watch(ring);
        }
    }
}

// For an observer: the first of the waits that is not satisfied is the one that is waited for now.
void CommandCore::note_wait(Life& life, const std::array<Wait, 2>& waits) const {
    if (!is_observed()) {
        return;
    }
    if (life.wait.value == 0) {
        life.waits_since = host_.now();
    }
    life.wait = waits[satisfied(waits[0]) ? 1 : 0];
}

// Start of the longest wait of the ring's descriptors.
std::optional<std::uint64_t> CommandCore::first_wait(std::uint32_t index) const {
    std::optional<std::uint64_t> first = rings_[index].waits_since;
    for (const Engine& engine : engines_) {
        if (engine.waits_since && engine.waiting.front().ring == index) {
            first = std::min(first.value_or(*engine.waits_since), *engine.waits_since);
        }
    }
    return first;
}

void CommandCore::watch(std::uint32_t index) {
    Watch& watch = watches_[index];
    const auto since = watch.timeout != 0 ? first_wait(index) : std::nullopt;
    if (watch.armed || since) {
        watch.armed = since.has_value();
        host_.watch(index, since ? std::optional(std::max(*since + watch.timeout, host_.cycles()))
                                 : std::nullopt);
    }
}

void CommandCore::set_timeout(std::uint32_t index, std::uint32_t cycles) {
    watches_[index].timeout = cycles;
    watch(index);
}

void CommandCore::check_timeout(std::uint32_t index) {
    watches_[index].armed = false;
    const auto since = first_wait(index);
    if (!since || *since + watches_[index].timeout > host_.cycles()) {
        watch(index);  // the wait that it was armed for has ended
        return;
    }
    host_.timed_out(index);
    Ring& ring = rings_[index];
    const bool is_next = ring.waits_since == since;
    const auto engine = std::ranges::find_if(engines_, [&](const Engine& each) {
        return each.waits_since == since && each.waiting.front().ring == index;
    });
    const Pending late = is_next ? staged(index) : engine->waiting.front();
    const auto wait = late.descriptor.complete() ? unmet_wait(late.descriptor.first()) : Wait{};
    stop(index, late.position, &late, Status::Timeout, 0, Told::Yes);
    ring.error.wait = *wait;
    if (is_next) {
        ring.drop_staged();
    }
    advance();
}

}  // namespace athena::command
