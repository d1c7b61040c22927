// SPDX-License-Identifier: Apache-2.0
// The three kinds of errors, never mixed (STYLE "Errors"), and the one way in which a run ends.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "base/log.h"

namespace athena::base {

/// Exit statuses of the program (DESIGN section 8).
enum class ExitStatus : int {
    Passed = 0,
    GuestFailed = 1,
    Usage = 2,
    Simulator = 3,
    Limit = 4,
    Interrupted = 130,
};

/// Collects what goes wrong and the first request to end the run. One for each board.
class Diagnostics {
  public:
    struct Stop {
        ExitStatus status;
        std::string reason;  ///< one line, empty for a plain pass
    };

    /// Lines go to `out`, usually the standard error stream.
    explicit Diagnostics(std::ostream& out) : out_(&out) {}

    /// With --strict the first guest fault ends the run.
    void set_strict(bool strict) { strict_ = strict; }

    /// Of the board: also whoever may fail may tell what it does.
    [[nodiscard]] Log& log() { return log_; }

    /// The guest did what the architecture answers with an error. Counted; the first kFaultLines of
    /// a block are printed; all of them are in the log.
    void guest_fault(std::string_view block, const std::string& text);

    /// The model lacks what the guest asked for: ends the run with status 3.
    void model_gap(std::string_view block, const std::string& text);

    /// Model and reference, or model and its own invariant, disagree: ends the run with status 3.
    void simulator_bug(std::string_view block, const std::string& text);

    /// Ends the run at the end of the present kernel activation. The first request counts.
    void stop(ExitStatus status, const std::string& reason);

    [[nodiscard]] const std::optional<Stop>& stopped() const { return stop_; }
    [[nodiscard]] std::uint64_t guest_faults() const { return guest_faults_; }

    static constexpr std::uint64_t kFaultLines = 10;

  private:
    std::ostream* out_;
    Log log_;
    bool strict_ = false;
    std::optional<Stop> stop_;
    std::uint64_t guest_faults_ = 0;
    std::map<std::string, std::uint64_t, std::less<>> faults_of_;
};

}  // namespace athena::base
