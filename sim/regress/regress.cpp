// SPDX-License-Identifier: Apache-2.0
#include "sim/regress/regress.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>
#include <iostream>
#include <map>

#include "sim/regress/display.h"
#include "sim/regress/interrupt.h"
#include "sim/regress/judge.h"
#include "sim/regress/report.h"
#include "sim/regress/result_file.h"
#include "sim/regress/selection.h"
#include "sim/regress/slurm.h"
#include "sim/regress/suite.h"

namespace athena::regress {

namespace {

constexpr int kPassed = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kInterrupted = 130;

void list(const std::vector<Run>& runs) {
    for (const Run& run : runs) {
        std::cout << run.name;
        for (const std::string& label : run.labels) {
            std::cout << " [" << label << "]";
        }
        std::cout << '\n';
    }
}

std::string time_now() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}

/// One invocation at a time in a folder.
class Lock {
  public:
    explicit Lock(const std::filesystem::path& folder)
        : descriptor_(open((folder / "lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644)) {
        if (descriptor_ < 0) {
            throw SuiteError(folder.string() + ": cannot be written");
        }
        if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
            close(descriptor_);
            throw SuiteError(folder.string() +
                             ": another athena regress is at work there; give --out");
        }
    }
    ~Lock() { close(descriptor_); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

  private:
    int descriptor_;
};

/// The outcomes of an invocation, and the files that tell them: valid at any moment.
class Invocation {
  public:
    Invocation(const Options& options, std::string suite, const std::vector<Run>& runs,
               const std::filesystem::path& folder, const std::filesystem::path& program)
        : options_(options),
          suite_(std::move(suite)),
          folder_(folder),
          program_(program),
          history_(options.history ? std::filesystem::path(*options.history)
                                   : folder / "history.jsonl") {
        std::vector<const Run*> all;
        for (const Run& run : runs) {
            index_[&run] = all.size();
            all.push_back(&run);
        }
        outcomes_ = not_run(all, folder);
        before_.resize(runs.size());
        for (Outcome& outcome : outcomes_) {
            take_earlier(outcome);
        }
        write(false);
    }

    [[nodiscard]] const std::vector<const Run*>& to_run() const { return to_run_; }
    [[nodiscard]] const History& history() const { return history_; }

    void ended(const Outcome& outcome) {
        outcomes_[index_.at(outcome.run)] = outcome;
        if (std::chrono::steady_clock::now() > write_at_) {
            write(false);
        }
    }

    [[nodiscard]] int conclude(const std::vector<Outcome>& ran) {
        for (const Outcome& outcome : ran) {
            outcomes_[index_.at(outcome.run)] = outcome;
        }
        judge_reruns();
        judge_repetitions(outcomes_);
        write(true);
        history_.add(outcomes_);
        const Counts counts = count(outcomes_);
        for (const Outcome& outcome : outcomes_) {
            if (!is_good(outcome.verdict)) {
                std::cout << "failed: " << outcome.run->name << ": " << outcome.reason
                          << "\n  again: sh " << (outcome.folder / "command.sh").string() << '\n';
            }
        }
        const std::size_t wrong = counts.failed + counts.not_run;
        std::cout << suite_ << ": " << counts.passed << " passed, " << wrong << " failed";
        if (counts.known != 0) {
            std::cout << ", " << counts.known << " known to fail";
        }
        std::cout << std::endl;
        return counts.not_run != 0 ? kInterrupted : wrong != 0 ? kFailed : kPassed;
    }

  private:
    /// The result of an earlier invocation, where it counts; else the run is to be run.
    void take_earlier(Outcome& outcome) {
        const auto result =
            options_.resume || options_.rerun_failed ? read_result(outcome.folder) : std::nullopt;
        const bool same = result && result->fingerprint == fingerprint(*outcome.run, program_);
        if (same && options_.rerun_failed) {
            before_[index_.at(outcome.run)] = result->verdict;
        }
        if (same && (options_.resume || is_good(result->verdict))) {
            outcome.verdict = result->verdict;
            outcome.reason = result->reason;
            outcome.seconds = result->seconds;
            outcome.carried = true;
            return;
        }
        std::error_code ignored;  // it may not be there
        std::filesystem::remove(outcome.folder / "result.json", ignored);
        to_run_.push_back(outcome.run);
    }

    // A time limit may be the host's fault.
    void judge_reruns() {
        for (std::size_t i = 0; i < outcomes_.size(); ++i) {
            Outcome& outcome = outcomes_[i];
            const Verdict before = before_[i];
            if (outcome.carried || !is_good(outcome.verdict) ||
                (before != Verdict::Failed && before != Verdict::Crashed &&
                 before != Verdict::Flaky)) {
                continue;
            }
            outcome.verdict = Verdict::Flaky;
            outcome.reason = "was '" + std::string(name_of(before)) +
                             "' before, passed now, and nothing has changed";
            write_result(outcome.folder, {.verdict = outcome.verdict,
                                          .reason = outcome.reason,
                                          .seconds = outcome.seconds,
                                          .fingerprint = fingerprint(*outcome.run, program_)});
        }
    }

    // Again after some time, longer where it takes long: a twentieth of the whole goes to reports.
    void write(bool ended) {
        constexpr std::chrono::steady_clock::duration kPause = std::chrono::seconds(2);
        constexpr int kShare = 20;
        const auto begin = std::chrono::steady_clock::now();
        const Report report{.suite = suite_,
                            .folder = folder_,
                            .outcomes = outcomes_,
                            .history = history_,
                            .ended = ended,
                            .started = started_};
        replace_file(folder_ / "report.json", report_json(report));
        replace_file(folder_ / "report.html", report_html(report));
        if (options_.junit) {
            write_junit(junit_xml(report), ended);
        }
        const auto end = std::chrono::steady_clock::now();
        write_at_ = end + std::max(kPause, kShare * (end - begin));
    }

    /// A device or pipe gets it once.
    void write_junit(const std::string& text, bool ended) const {
        std::error_code error;
        const std::filesystem::path file = *options_.junit;
        if (!std::filesystem::exists(file, error) ||
            std::filesystem::is_regular_file(file, error)) {
            replace_file(file, text);
        } else if (ended && !(std::ofstream(file) << text << std::flush)) {
            throw SuiteError(file.string() + ": cannot be written");
        }
    }

    const Options& options_;
    std::string suite_;
    std::filesystem::path folder_;
    std::filesystem::path program_;
    History history_;
    std::vector<Outcome> outcomes_;
    std::vector<Verdict> before_;  // of --rerun-failed, where nothing has changed; else Passed
    std::map<const Run*, std::size_t> index_;
    std::vector<const Run*> to_run_;
    std::string started_ = time_now();
    std::chrono::steady_clock::time_point write_at_;
};

/// A task of a farm: its run, unless it has a result of this submission already, as when Slurm has
/// started it twice.
int work(const Options& options, const std::vector<Run>& runs, const Settings& settings) {
    const auto run = std::ranges::find(runs, *options.worker, &Run::name);
    if (run == runs.end()) {
        throw SuiteError("--worker " + *options.worker + ": there is no such run in the suite");
    }
    const auto result = read_result(settings.folder / run->name);
    if (result && result->submission == options.submission) {
        return kPassed;
    }
    return run_all({&*run}, settings).front().verdict == Verdict::NotRun ? kInterrupted : kPassed;
}

int run_suite(const Options& options) {
    const Suite suite = load_suite(options.suite);
    const Shard shard = parse_shard(options.shard.value_or("1/1"));
    const std::vector<Run> runs = select_runs(suite, options.filter, shard, options.repeat);
    if (runs.empty() && shard.count == 1) {
        std::cerr << "athena: regress: no run of " << options.suite << " matches '"
                  << options.filter.value_or("") << "'; see --list\n";
        return kUsage;
    }
    if (options.list) {
        list(runs);
        return kPassed;
    }
    Settings settings;
    settings.program = std::filesystem::read_symlink("/proc/self/exe");
    settings.folder = std::filesystem::absolute(options.folder);
    settings.jobs = std::max(1u, options.jobs);
    settings.today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
    settings.submission = options.submission;
    if (options.worker) {
        return work(options, runs, settings);
    }
    std::filesystem::create_directories(settings.folder);
    const Lock lock(settings.folder);
    Invocation invocation(options, suite.name, runs, settings.folder, settings.program);
    Display display(invocation.to_run(), invocation.history(), settings.jobs);
    settings.on_outcome = [&](const Outcome& outcome, const Progress& progress) {
        display.outcome(outcome, progress);
        invocation.ended(outcome);
    };
    settings.on_tick = [&](const Progress& progress) { display.tick(progress); };
    std::vector<Outcome> outcomes;
    if (options.executor == Executor::Slurm && !invocation.to_run().empty()) {
        settings.submission = std::to_string(std::time(nullptr)) + "-" + std::to_string(getpid());
        outcomes = run_on_slurm(invocation.to_run(), settings,
                                {.suite = std::filesystem::absolute(options.suite).string(),
                                 .repeat = options.repeat,
                                 .arguments = options.slurm_arguments});
    } else {
        outcomes = run_all(invocation.to_run(), settings);
    }
    display.erase();
    return invocation.conclude(outcomes);
}

}  // namespace

int run(const Options& options) {
    try {
        return run_suite(options);
    } catch (const SuiteError& error) {
        std::cerr << "athena: regress: " << error.what() << '\n';
    } catch (const std::filesystem::filesystem_error& error) {
        std::cerr << "athena: regress: " << error.what() << '\n';
    }
    return kUsage;
}

}  // namespace athena::regress
