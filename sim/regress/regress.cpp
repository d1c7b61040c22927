// SPDX-License-Identifier: Apache-2.0
#include "sim/regress/regress.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <regex>

#include "sim/regress/report.h"
#include "sim/regress/runner.h"
#include "sim/regress/suite.h"

namespace athena::regress {

namespace {

constexpr int kPassed = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kInterrupted = 130;

bool selected(const Run& run, const std::optional<std::regex>& filter) {
    return !filter || std::regex_search(run.name, *filter) ||
           std::any_of(run.labels.begin(), run.labels.end(),
                       [&](const std::string& label) { return std::regex_search(label, *filter); });
}

void list(const std::vector<const Run*>& runs) {
    for (const Run* run : runs) {
        std::cout << run->name;
        for (const std::string& label : run->labels) {
            std::cout << " [" << label << "]";
        }
        std::cout << '\n';
    }
}

/// One line a run; on a terminal also what is going on, on a line that is written over.
class Display {
  public:
    explicit Display(std::size_t total) : total_(total) {}

    void outcome(const Outcome& outcome, const Progress& progress) const {
        erase();
        std::printf("[%zu/%zu] %s %s (%.1f s)%s%s\n", progress.ended, total_,
                    outcome.verdict == Verdict::Passed ? "ok  " : "FAIL", outcome.run->name.c_str(),
                    outcome.seconds, outcome.reason.empty() ? "" : ": ", outcome.reason.c_str());
        std::fflush(stdout);
    }

    void tick(const Progress& progress) const {
        if (!terminal_) {
            return;
        }
        std::string names;
        for (const Run* run : progress.running) {
            names += (names.empty() ? "" : ", ") + run->name;
        }
        erase();
        std::printf("[%zu/%zu] %.0f s, running: %.50s", progress.ended, total_, seconds(),
                    names.c_str());
        if (progress.ended != 0) {
            std::printf("; about %.0f s left", seconds() / static_cast<double>(progress.ended) *
                                                   static_cast<double>(total_ - progress.ended));
        }
        std::fflush(stdout);
    }

    void erase() const {
        if (terminal_) {
            std::printf("\r\033[K");
        }
    }

  private:
    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
    }

    std::size_t total_;
    bool terminal_ = isatty(STDOUT_FILENO) != 0;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

int conclude(const Suite& suite, const Options& options, std::ofstream& junit,
             const std::vector<Outcome>& outcomes) {
    std::size_t passed = 0;
    bool stopped = false;
    for (const Outcome& outcome : outcomes) {
        passed += outcome.verdict == Verdict::Passed;
        stopped |= outcome.verdict == Verdict::Stopped;
        if (outcome.verdict != Verdict::Passed) {
            std::cout << "failed: " << outcome.run->name << ": " << outcome.reason
                      << "\n  again: sh " << (outcome.folder / "command.sh").string() << '\n';
        }
    }
    std::cout << suite.name << ": " << passed << " passed, " << outcomes.size() - passed
              << " failed\n";
    if (options.junit) {
        junit << junit_xml(suite, outcomes);
        if (!junit.flush()) {
            throw SuiteError(*options.junit + ": cannot be written");
        }
    }
    return stopped ? kInterrupted : passed == outcomes.size() ? kPassed : kFailed;
}

int run_suite(const Options& options) {
    const Suite suite = load_suite(options.suite);
    std::optional<std::regex> filter;
    if (options.filter) {
        filter.emplace(*options.filter);
    }
    std::vector<const Run*> runs;
    for (const Run& run : suite.runs) {
        if (selected(run, filter)) {
            runs.push_back(&run);
        }
    }
    if (runs.empty()) {
        std::cerr << "athena: regress: no run of " << options.suite << " matches '"
                  << options.filter.value_or("") << "'; see --list\n";
        return kUsage;
    }
    if (options.list) {
        list(runs);
        return kPassed;
    }
    std::ofstream junit;
    if (options.junit) {
        junit.open(*options.junit);
        if (!junit) {
            throw SuiteError(*options.junit + ": cannot be written");
        }
    }
    const Display display(runs.size());
    Settings settings;
    settings.program = std::filesystem::read_symlink("/proc/self/exe");
    settings.folder = std::filesystem::absolute(options.folder);
    settings.jobs = std::max(1u, options.jobs);
    settings.on_outcome = [&](const Outcome& outcome, const Progress& progress) {
        display.outcome(outcome, progress);
    };
    settings.on_tick = [&](const Progress& progress) { display.tick(progress); };
    const std::vector<Outcome> outcomes = run_all(runs, settings);
    display.erase();
    return conclude(suite, options, junit, outcomes);
}

}  // namespace

int run(const Options& options) {
    try {
        return run_suite(options);
    } catch (const SuiteError& error) {
        std::cerr << "athena: regress: " << error.what() << '\n';
    } catch (const std::regex_error&) {
        std::cerr << "athena: regress: --filter '" << options.filter.value_or("")
                  << "' is not a regular expression\n";
    } catch (const std::filesystem::filesystem_error& error) {
        std::cerr << "athena: regress: " << error.what() << '\n';
    }
    return kUsage;
}

}  // namespace athena::regress
