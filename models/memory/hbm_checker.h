// SPDX-License-Identifier: Apache-2.0
// Checks a channel's commands against a written table of all constraints between pairs of them
// (JESD235 and HbmConfig), independent of scheduler and calendar: it keeps what was issued, not
// what is allowed. Test mode: HbmChannel::record() gives the commands.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "memory/hbm_command.h"
#include "memory/hbm_config.h"

namespace athena::memory {

class HbmChecker {
  public:
    /// `config` has passed HbmConfig::check().
    explicit HbmChecker(const HbmConfig& config);

    /// Nothing, or which rule the next command breaks, with both cycles. Commands are those of one
    /// channel in the order of issue.
    std::optional<std::string> check(const HbmIssued& issued);
    /// Checks all of `log`, and forgets them. The first that breaks a rule is told.
    std::optional<std::string> check(HbmCommandLog& log);
    /// That refreshes are as many as are due before `now`.
    [[nodiscard]] std::optional<std::string> finish(HbmCycle now) const;

    [[nodiscard]] std::uint64_t commands() const { return commands_; }

  private:
    /// As HbmCommand, and the precharge inside an automatic one.
    static constexpr unsigned kKinds = 10;
    static constexpr unsigned kInside = 9;
    enum class Scope : std::uint8_t { Bank, Group, PseudoChannel, Channel };
    struct Rule {
        const char* name;
        Scope scope;
        unsigned from;  // kinds, a bit each
        unsigned to;
        HbmCycle gap;  // between the cycles at which the device has them
    };
    using History = std::array<HbmCycle, kKinds>;

    void make_rules();
    [[nodiscard]] HbmCycle at_device(const HbmIssued& issued) const;
    std::optional<std::string> check_gaps(const HbmIssued& issued, unsigned bank) const;
    std::optional<std::string> check_window(const HbmIssued& issued) const;
    std::optional<std::string> check_rows(const HbmIssued& issued) const;
    std::optional<std::string> check_buses(const HbmIssued& issued);
    std::optional<std::string> check_refresh(const HbmIssued& issued);
    void note(const HbmIssued& issued);
    void note_bank(unsigned bank, unsigned kind, HbmCycle cycle);
    [[nodiscard]] std::string broken(const HbmIssued& issued, const std::string& rule,
                                     HbmCycle earlier) const;

    HbmConfig config_;
    unsigned group_bits_;           // of a bank number within its group
    unsigned pseudo_channel_bits_;  // and within its pseudo-channel
    std::vector<Rule> rules_;
    std::vector<History> bank_;
    std::vector<History> group_;
    std::vector<History> pseudo_channel_;
    std::vector<std::optional<std::uint32_t>> row_;
    std::array<std::array<HbmCycle, 4>, 2> activations_{};  // last four of a pseudo-channel
    std::array<unsigned, 2> activation_count_{};
    std::array<HbmCycle, 2> data_end_{};
    HbmCycle row_bus_end_ = 0;
    HbmCycle column_bus_end_ = 0;
    std::array<std::uint64_t, 2> refreshes_{};
    std::vector<std::uint64_t> bank_refreshes_;
    std::uint64_t commands_ = 0;
};

}  // namespace athena::memory
