// SPDX-License-Identifier: Apache-2.0
#include "devices/plic.h"

#include <bit>

#include "base/state.h"
#include "devices/access.h"
#include "regs/plic_regs.h"

namespace athena::devices {

namespace {

namespace regs = athena::regs::plic;

constexpr auto kEnableWords = static_cast<std::uint32_t>(regs::Context::EnableWords);

std::vector<base::RegisterInfo> register_map(std::uint32_t contexts) {
    std::vector<base::RegisterInfo> map(regs::kRegisters.begin(), regs::kRegisters.end());
    map[regs::kEnableIndex].count = contexts * kEnableWords;
    map[regs::kThresholdIndex].count = contexts;
    map[regs::kClaimIndex].count = contexts;
    return map;
}

constexpr std::uint32_t bit_of(std::uint32_t source) {
    return 1U << (source % 32);
}

}  // namespace

Plic::Plic(const sc_core::sc_module_name& name, const Config& config)
    : sc_core::sc_module(name),
      socket("socket", *this),
      config_(config),
      map_(register_map(config.contexts)),
      registers_(map_),
      contexts_(config.contexts) {
    bind_registers();
    reset();
}

void Plic::bind_registers() {
    registers_.on_write(regs::kPriorityIndex,
                        [this](unsigned source, std::uint64_t, std::uint64_t) {
                            if (!is_source(source)) {
                                registers_.set(regs::kPriorityIndex, 0, source);
                            }
                            update_outputs();
                        });
    registers_.on_write(regs::kEnableIndex, [this](unsigned word, std::uint64_t, std::uint64_t) {
        const std::uint64_t value = registers_.get(regs::kEnableIndex, word);
        registers_.set(regs::kEnableIndex, value & existing(word % kEnableWords), word);
        update_outputs();
    });
    registers_.on_write(regs::kThresholdIndex,
                        [this](unsigned, std::uint64_t, std::uint64_t) { update_outputs(); });
    registers_.on_read(regs::kClaimIndex, [this](unsigned context, std::uint64_t) {
        return std::uint64_t{claim(context)};
    });
    registers_.on_write(regs::kClaimIndex,
                        [this](unsigned context, std::uint64_t source, std::uint64_t) {
                            registers_.set(regs::kClaimIndex, 0, context);
                            complete(context, source);
                        });
}

void Plic::reset() {
    registers_.reset();
    claimed_ = {};
    update_pending();
    update_outputs();
}

std::uint32_t Plic::existing(unsigned word) const {
    std::uint32_t bits = 0;
    for (std::uint32_t bit = 0; bit < 32; ++bit) {
        bits |= is_source(32 * word + bit) ? 1U << bit : 0;
    }
    return bits;
}

void Plic::b_transport(unsigned /*port*/, tlm::tlm_generic_payload& payload,
                       sc_core::sc_time& /*delay*/) {
    if (check_size(payload, kSize4)) {
        registers_.transport(payload);
    }
}

unsigned Plic::transport_dbg(unsigned /*port*/, tlm::tlm_generic_payload& payload) {
    return registers_.transport_dbg(payload);
}

void Plic::set_irq(unsigned source, bool level) {
    if (!is_source(source)) {
        return;
    }
    std::uint32_t& word = levels_[source / 32];
    word = level ? word | bit_of(source) : word & ~bit_of(source);
    update_pending();
    update_outputs();
}

// The gateway of a source passes one request on while its wire is high, and the next one only after
// completion (section "Interrupt Gateways"); a request that was passed on stays pending until it is
// claimed, even if the wire has fallen since.
void Plic::update_pending() {
    for (unsigned word = 0; word < kWords; ++word) {
        const std::uint64_t pending = registers_.get(regs::kPendingIndex, word);
        registers_.set(regs::kPendingIndex, pending | (levels_[word] & ~claimed_[word]), word);
    }
}

std::uint32_t Plic::best(std::uint32_t context, std::uint64_t threshold) const {
    std::uint32_t found = 0;
    std::uint64_t highest = threshold;
    for (unsigned word = 0; word <= config_.sources / 32; ++word) {
        auto candidates = static_cast<std::uint32_t>(
            registers_.get(regs::kPendingIndex, word) &
            registers_.get(regs::kEnableIndex, context * kEnableWords + word));
        for (; candidates != 0; candidates &= candidates - 1) {
            const auto source =
                32 * word + static_cast<std::uint32_t>(std::countr_zero(candidates));
            const std::uint64_t priority = registers_.get(regs::kPriorityIndex, source);
            if (priority > highest) {
                highest = priority;
                found = source;
            }
        }
    }
    return found;
}

// "The claim operation is not affected by the setting of the priority threshold register."
std::uint32_t Plic::claim(std::uint32_t context) {
    const std::uint32_t source = best(context, 0);
    if (source != 0) {
        const std::uint64_t pending = registers_.get(regs::kPendingIndex, source / 32);
        registers_.set(regs::kPendingIndex, pending & ~std::uint64_t{bit_of(source)}, source / 32);
        claimed_[source / 32] |= bit_of(source);
        ++claims_;
        update_outputs();
    }
    return source;
}

// Ignored unless the source is enabled for the context; who claimed it does not matter (section
// "Interrupt Completion").
void Plic::complete(std::uint32_t context, std::uint64_t source) {
    if (!is_source(source)) {
        return;
    }
    const auto number = static_cast<std::uint32_t>(source);
    const std::uint64_t enabled =
        registers_.get(regs::kEnableIndex, context * kEnableWords + number / 32);
    if ((enabled & bit_of(number)) != 0) {
        claimed_[number / 32] &= ~bit_of(number);
        update_pending();
        update_outputs();
    }
}

void Plic::update_outputs() {
    for (std::uint32_t context = 0; context < contexts_.size(); ++context) {
        const std::uint64_t threshold = registers_.get(regs::kThresholdIndex, context);
        contexts_[context].set(best(context, threshold) != 0);
    }
}

void Plic::report(base::StatisticsVisitor& visitor) const {
    visitor.counter("claims", claims_);
}

void Plic::save(base::StateWriter& writer) const {
    writer.begin("plic", 1);
    registers_.save(writer);
    for (unsigned word = 0; word < kWords; ++word) {
        writer.value("levels", levels_[word]);
        writer.value("claimed", claimed_[word]);
    }
    writer.value("claims", claims_);
    writer.end();
}

void Plic::load(base::StateReader& reader) {
    reader.begin("plic", 1);
    registers_.load(reader);
    for (unsigned word = 0; word < kWords; ++word) {
        levels_[word] = static_cast<std::uint32_t>(reader.value("levels"));
        claimed_[word] = static_cast<std::uint32_t>(reader.value("claimed"));
    }
    claims_ = reader.value("claims");
    reader.end();
    update_outputs();
}

}  // namespace athena::devices
