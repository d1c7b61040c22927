// SPDX-License-Identifier: Apache-2.0
#include "memory/hbm_checker.h"

#include <algorithm>
#include <bit>

namespace athena::memory {

namespace {

constexpr HbmCycle kNotYet = kHbmNever;

constexpr std::array<const char*, 9> kNames = {"Activate",  "Precharge", "PrechargeAll",
                                               "Read",      "Write",     "ReadAuto",
                                               "WriteAuto", "Refresh",   "RefreshBank"};

constexpr unsigned bit(HbmCommand command) {
    return 1U << static_cast<unsigned>(command);
}

bool is_read(HbmCommand command) {
    return command == HbmCommand::Read || command == HbmCommand::ReadAuto;
}

/// Commands to all banks of a pseudo-channel.
bool is_of_all(HbmCommand command) {
    return command == HbmCommand::PrechargeAll || command == HbmCommand::Refresh;
}

}  // namespace

void HbmChecker::make_rules() {
    const HbmConfig& c = config_;
    const HbmCycle burst = c.burst_cycles();
    const unsigned act = bit(HbmCommand::Activate);
    const unsigned read = bit(HbmCommand::Read) | bit(HbmCommand::ReadAuto);
    const unsigned write = bit(HbmCommand::Write) | bit(HbmCommand::WriteAuto);
    const unsigned close = bit(HbmCommand::Precharge) | bit(HbmCommand::PrechargeAll);
    const unsigned closed = close | 1U << kInside;
    const unsigned refresh = bit(HbmCommand::Refresh);
    const unsigned refresh_bank = bit(HbmCommand::RefreshBank);
    rules_ = {
        {"tRC", Scope::Bank, act, act, c.rc},
        {"tRCDRD", Scope::Bank, act, read, c.rcdrd},
        {"tRCDWR", Scope::Bank, act, write, c.rcdwr},
        {"tRAS", Scope::Bank, act, close, c.ras},
        {"tRP", Scope::Bank, closed, act, c.rp},
        {"tRTP", Scope::Bank, bit(HbmCommand::Read), close, c.rtp},
        {"tWR", Scope::Bank, bit(HbmCommand::Write), close, c.cwl + burst + c.wr},
        {"tRFCb", Scope::Bank, refresh_bank, act, c.rfcb},
        {"tRP to refresh of a bank", Scope::Bank, closed, refresh_bank, c.rp},
        {"tCCD_L", Scope::Group, read, read, c.ccd_l},
        {"tCCD_L", Scope::Group, write, write, c.ccd_l},
        {"tWTR_L", Scope::Group, write, read, c.cwl + burst + c.wtr_l},
        {"tRRD_L", Scope::Group, act, act, c.rrd_l},
        {"tCCD_S", Scope::PseudoChannel, read, read, c.ccd_s},
        {"tCCD_S", Scope::PseudoChannel, write, write, c.ccd_s},
        {"read to write", Scope::PseudoChannel, read, write, c.cl + burst + c.rtw_bubble - c.cwl},
        {"tWTR_S", Scope::PseudoChannel, write, read, c.cwl + burst + c.wtr_s},
        {"tRRD_S", Scope::PseudoChannel, act, act, c.rrd_s},
        {"tRP to refresh", Scope::PseudoChannel, closed, refresh, c.rp},
        {"tRFC", Scope::PseudoChannel, refresh, act | refresh, c.rfc},
        {"tRREFD", Scope::PseudoChannel, refresh_bank, act | refresh_bank, c.rrefd},
        {"tRRD_S to refresh of a bank", Scope::PseudoChannel, act, refresh_bank, c.rrd_s},
    };
}

HbmChecker::HbmChecker(const HbmConfig& config)
    : config_(config),
      group_bits_(static_cast<unsigned>(std::countr_zero(config.banks))),
      pseudo_channel_bits_(static_cast<unsigned>(std::countr_zero(config.pseudo_channel_banks()))),
      row_(config.channel_banks()),
      bank_refreshes_(config.channel_banks()) {
    History none;
    none.fill(kNotYet);
    bank_.assign(config.channel_banks(), none);
    group_.assign(config.channel_banks() / config.banks, none);
    pseudo_channel_.assign(config.pseudo_channels, none);
    make_rules();
}

/// The cycle at which the device has the whole command.
HbmCycle HbmChecker::at_device(const HbmIssued& issued) const {
    return issued.cycle + (issued.command == HbmCommand::Activate ? config_.act_cycles - 1 : 0);
}

std::string HbmChecker::broken(const HbmIssued& issued, const std::string& rule,
                               HbmCycle earlier) const {
    return std::string(kNames[static_cast<unsigned>(issued.command)]) + " of bank " +
           std::to_string(issued.bank) + " at cycle " + std::to_string(issued.cycle) + " breaks " +
           rule + (earlier == kNotYet ? "" : " after cycle " + std::to_string(earlier));
}

std::optional<std::string> HbmChecker::check_gaps(const HbmIssued& issued, unsigned bank) const {
    const unsigned kind = bit(issued.command);
    const HbmCycle now = at_device(issued);
    for (const Rule& rule : rules_) {
        if ((rule.to & kind) == 0) {
            continue;
        }
        const History& history = rule.scope == Scope::Bank ? bank_[bank]
                                 : rule.scope == Scope::Group
                                     ? group_[bank >> group_bits_]
                                     : pseudo_channel_[bank >> pseudo_channel_bits_];
        for (unsigned from = 0; from < kKinds; ++from) {
            if ((rule.from >> from & 1) != 0 && history[from] != kNotYet &&
                now < history[from] + rule.gap) {
                return broken(issued, rule.name, history[from]);
            }
        }
    }
    return std::nullopt;
}

std::optional<std::string> HbmChecker::check_window(const HbmIssued& issued) const {
    const unsigned pc = issued.bank >> pseudo_channel_bits_;
    if (issued.command != HbmCommand::Activate || activation_count_[pc] < 4) {
        return std::nullopt;
    }
    const HbmCycle fourth = activations_[pc][activation_count_[pc] % 4];
    if (at_device(issued) < fourth + config_.faw) {
        return broken(issued, "tFAW", fourth);
    }
    return std::nullopt;
}

std::optional<std::string> HbmChecker::check_rows(const HbmIssued& issued) const {
    const auto& row = row_[issued.bank];
    switch (issued.command) {
        case HbmCommand::Activate:
            if (row) {
                return broken(issued, "a row is open already", kNotYet);
            }
            break;
        case HbmCommand::Precharge:
            if (!row) {
                return broken(issued, "no row is open", kNotYet);
            }
            break;
        case HbmCommand::PrechargeAll:
            break;
        case HbmCommand::Refresh:
            for (unsigned i = 0; i < config_.pseudo_channel_banks(); ++i) {
                if (row_[issued.bank + i]) {
                    return broken(issued, "a row is open", kNotYet);
                }
            }
            break;
        case HbmCommand::RefreshBank:
            if (row) {
                return broken(issued, "a row is open", kNotYet);
            }
            break;
        default:
            if (row != issued.row) {
                return broken(issued, "its row is not open", kNotYet);
            }
    }
    return std::nullopt;
}

std::optional<std::string> HbmChecker::check_buses(const HbmIssued& issued) {
    const bool column = is_column(issued.command);
    HbmCycle& end = column ? column_bus_end_ : row_bus_end_;
    if (issued.cycle < end) {
        return broken(issued, column ? "one column command a cycle" : "the row command bus",
                      end - 1);
    }
    end =
        issued.cycle + (issued.command == HbmCommand::Activate ? config_.act_cycles : HbmCycle{1});
    if (!column) {
        return std::nullopt;
    }
    HbmCycle& data_end = data_end_[issued.bank >> pseudo_channel_bits_];
    const HbmCycle data = issued.cycle + (is_read(issued.command) ? config_.cl : config_.cwl);
    if (data < data_end) {
        return broken(issued, "the data bus", data_end - 1);
    }
    data_end = data + config_.burst_cycles();
    return std::nullopt;
}

std::optional<std::string> HbmChecker::check_refresh(const HbmIssued& issued) {
    HbmCycle interval = config_.refi;
    std::uint64_t done = 0;
    if (issued.command == HbmCommand::Refresh) {
        done = ++refreshes_[issued.bank >> pseudo_channel_bits_];
    } else if (issued.command == HbmCommand::RefreshBank) {
        interval = config_.refib;
        done = ++refreshes_[0];
        const std::uint64_t of_bank = ++bank_refreshes_[issued.bank];
        if (of_bank != (done + config_.channel_banks() - 1) / config_.channel_banks()) {
            return broken(issued, "each bank is refreshed in its turn", kNotYet);
        }
    } else {
        return std::nullopt;
    }
    if (issued.cycle < done * interval || issued.cycle >= (done + 1) * interval) {
        return broken(issued, "refresh " + std::to_string(done) + " within its interval",
                      done * interval);
    }
    return std::nullopt;
}

void HbmChecker::note_bank(unsigned bank, unsigned kind, HbmCycle cycle) {
    const auto keep = [&](HbmCycle& last) {
        last = last == kNotYet ? cycle : std::max(last, cycle);
    };
    keep(bank_[bank][kind]);
    keep(group_[bank >> group_bits_][kind]);
    keep(pseudo_channel_[bank >> pseudo_channel_bits_][kind]);
}

void HbmChecker::note(const HbmIssued& issued) {
    const HbmCycle now = at_device(issued);
    const unsigned banks = is_of_all(issued.command) ? config_.pseudo_channel_banks() : 1;
    for (unsigned i = 0; i < banks; ++i) {
        note_bank(issued.bank + i, static_cast<unsigned>(issued.command), now);
    }
    const unsigned pc = issued.bank >> pseudo_channel_bits_;
    switch (issued.command) {
        case HbmCommand::Activate:
            row_[issued.bank] = issued.row;
            activations_[pc][activation_count_[pc]++ % 4] = now;
            break;
        case HbmCommand::Precharge:
            row_[issued.bank].reset();
            break;
        case HbmCommand::PrechargeAll:
            std::fill_n(row_.begin() + issued.bank, banks, std::nullopt);
            break;
        case HbmCommand::ReadAuto:
        case HbmCommand::WriteAuto: {
            row_[issued.bank].reset();
            const HbmCycle after =
                is_read(issued.command)
                    ? HbmCycle{config_.rtp_auto}
                    : HbmCycle{config_.cwl} + config_.burst_cycles() + config_.wr;
            const HbmCycle opened = bank_[issued.bank][static_cast<unsigned>(HbmCommand::Activate)];
            note_bank(issued.bank, kInside, std::max(now + after, opened + config_.ras));
            break;
        }
        default:
            break;
    }
}

std::optional<std::string> HbmChecker::check(const HbmIssued& issued) {
    ++commands_;
    if (issued.bank >= config_.channel_banks()) {
        return broken(issued, "there is no such bank", kNotYet);
    }
    auto reason = check_rows(issued);
    const unsigned banks = is_of_all(issued.command) ? config_.pseudo_channel_banks() : 1;
    for (unsigned i = 0; i < banks && !reason; ++i) {
        reason = check_gaps(issued, issued.bank + i);
    }
    if (!reason) {
        reason = check_window(issued);
    }
    if (!reason) {
        reason = check_buses(issued);
    }
    if (!reason) {
        reason = check_refresh(issued);
    }
    note(issued);
    return reason;
}

std::optional<std::string> HbmChecker::check(HbmCommandLog& log) {
    std::optional<std::string> first;
    for (const HbmIssued& issued : log) {
        const auto reason = check(issued);
        if (!first) {
            first = reason;
        }
    }
    log.clear();
    return first;
}

std::optional<std::string> HbmChecker::finish(HbmCycle now) const {
    if (config_.refresh == HbmRefresh::None) {
        return std::nullopt;
    }
    const bool all = config_.refresh == HbmRefresh::AllBank;
    const HbmCycle interval = all ? config_.refi : config_.refib;
    for (unsigned pc = 0; pc < (all ? config_.pseudo_channels : 1); ++pc) {
        // The last may still be on its way.
        if ((refreshes_[pc] + 1) * interval + interval < now) {
            return "only " + std::to_string(refreshes_[pc]) + " refreshes before cycle " +
                   std::to_string(now);
        }
    }
    return std::nullopt;
}

}  // namespace athena::memory
