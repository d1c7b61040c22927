// SPDX-License-Identifier: Apache-2.0
#include "sim/regress/runner.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <optional>
#include <thread>

#include "sim/regress/interrupt.h"
#include "sim/regress/judge.h"
#include "sim/regress/matrix.h"
#include "sim/regress/result_file.h"
#include "sim/shell_words.h"

namespace athena::regress {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kTick = std::chrono::milliseconds(500);
constexpr auto kPoll = std::chrono::milliseconds(10);
constexpr int kNotStarted = 127;

struct Process {
    pid_t pid = -1;
    std::size_t index = 0;
    Clock::time_point started;
    Ended ended = Ended::ByItself;
};

/// The program and its arguments; `athena run` leaves its statistics in the run's folder, and so
/// does a difference between RTL and model its files.
std::vector<std::string> words_of(const Settings& settings, const Outcome& outcome) {
    std::vector<std::string> words{settings.program.string()};
    for (const std::string& word : outcome.run->arguments) {
        words.push_back(substitute(word, {{"folder", outcome.folder.string()}}));
    }
    const std::string& command = outcome.run->arguments.front();
    if (command == "run") {
        words.insert(words.end(), {"--stats", (outcome.folder / "stats.json").string()});
    }
    if (command == "run" || command == "cosim") {
        words.insert(words.end(), {"--reports", outcome.folder.string()});
    }
    return words;
}

/// Nothing of an earlier run is left in it. What is not a run's folder is left alone.
void make_fresh(const std::filesystem::path& folder) {
    if (std::filesystem::exists(folder / "command.sh")) {
        std::filesystem::remove_all(folder);
    }
    std::filesystem::create_directories(folder);
}

// The child gets a process group of its own, so that its end takes its children along, and ends
// with its parent.
pid_t start(std::vector<std::string> words, const Outcome& outcome) {
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (std::string& word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    const std::string console = outcome.folder / "console.txt";
    const std::string log = outcome.folder / "log.txt";
    const rlim_t most = outcome.run->output_mib << 20;
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid != 0) {
        return pid;
    }
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int in = open("/dev/null", O_RDONLY);
    const int out = open(console.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    const int err = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (in < 0 || out < 0 || err < 0 || getppid() != parent) {
        _exit(kNotStarted);
    }
    dup2(in, 0);
    dup2(out, 1);
    dup2(err, 2);
    for (const int signal_number : {SIGINT, SIGTERM, SIGHUP}) {
        signal(signal_number, SIG_DFL);
    }
    // Beyond the limit the kernel sends SIGXFSZ.
    const rlimit limit{most, most};
    setrlimit(RLIMIT_FSIZE, &limit);
    execv(argv[0], argv.data());
    _exit(kNotStarted);
}

std::uint64_t resident_mib(pid_t pid) {
    std::uint64_t all = 0;
    std::uint64_t resident = 0;
    std::ifstream("/proc/" + std::to_string(pid) + "/statm") >> all >> resident;
    return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) >> 20;
}

class Pool {
  public:
    Pool(const std::vector<const Run*>& runs, const Settings& settings)
        : runs_(runs), settings_(settings), outcomes_(not_run(runs, settings.folder)) {}

    std::vector<Outcome> run() {
        while (!processes_.empty() || (next_ < runs_.size() && !Interrupts::came())) {
            while (next_ < runs_.size() && processes_.size() < settings_.jobs &&
                   !Interrupts::came()) {
                launch(next_++);
            }
            const bool reaped = reap();
            end_those_beyond_limits();
            tick();
            if (!reaped) {
                std::this_thread::sleep_for(kPoll);
            }
        }
        return std::move(outcomes_);
    }

  private:
    void launch(std::size_t index) {
        Outcome& outcome = outcomes_[index];
        make_fresh(outcome.folder);
        const std::vector<std::string> words = words_of(settings_, outcome);
        std::ofstream(outcome.folder / "command.sh")
            << "cd " << sim::shell_words({std::filesystem::current_path()}) << " && "
            << sim::shell_words(words) << '\n';
        const pid_t pid = start(words, outcome);
        if (pid < 0) {
            outcome.verdict = Verdict::Failed;
            outcome.reason = "cannot start a process";
            announce(outcome);
            return;
        }
        processes_.push_back({pid, index, Clock::now()});
    }

    bool reap() {
        bool any = false;
        for (auto process = processes_.begin(); process != processes_.end();) {
            int status = 0;
            if (waitpid(process->pid, &status, WNOHANG) != process->pid) {
                ++process;
                continue;
            }
            any = true;
            kill(-process->pid, SIGKILL);  // what it left behind
            Outcome& outcome = outcomes_[process->index];
            outcome.seconds =
                std::chrono::duration<double>(Clock::now() - process->started).count();
            if (Interrupts::came()) {
                outcome.reason = "stopped by Ctrl-C";
            } else {
                judge(outcome, status, process->ended, settings_.today);
            }
            process = processes_.erase(process);
            announce(outcome);
        }
        return any;
    }

    void end_those_beyond_limits() {
        for (Process& process : processes_) {
            const Run& run = *runs_[process.index];
            const bool overdue = Clock::now() - process.started > run.timeout;
            const bool large = run.memory_mib && resident_mib(process.pid) > *run.memory_mib;
            if (process.ended == Ended::ByItself && (overdue || large)) {
                process.ended = large ? Ended::MemoryLimit : Ended::TimeLimit;
            }
            if (process.ended != Ended::ByItself || Interrupts::came()) {
                kill(-process.pid, SIGKILL);
            }
        }
    }

    [[nodiscard]] Progress progress() const {
        Progress progress{ended_, {}};
        for (const Process& process : processes_) {
            progress.running.push_back(runs_[process.index]);
        }
        return progress;
    }

    void tick() {
        if (settings_.on_tick && Clock::now() >= next_tick_) {
            next_tick_ = Clock::now() + kTick;
            settings_.on_tick(progress());
        }
    }

    void announce(const Outcome& outcome) {
        ++ended_;
        if (outcome.verdict != Verdict::NotRun) {
            write_result(outcome.folder,
                         {.verdict = outcome.verdict,
                          .reason = outcome.reason,
                          .seconds = outcome.seconds,
                          .fingerprint = fingerprint(*outcome.run, settings_.program),
                          .submission = settings_.submission});
        }
        if (settings_.on_outcome) {
            settings_.on_outcome(outcome, progress());
        }
    }

    const std::vector<const Run*>& runs_;
    const Settings& settings_;
    std::vector<Outcome> outcomes_;
    std::vector<Process> processes_;
    std::size_t next_ = 0;
    std::size_t ended_ = 0;
    Clock::time_point next_tick_ = Clock::now() + kTick;
};

}  // namespace

std::vector<Outcome> not_run(const std::vector<const Run*>& runs,
                             const std::filesystem::path& folder) {
    std::vector<Outcome> outcomes(runs.size());
    for (std::size_t i = 0; i < runs.size(); ++i) {
        outcomes[i].run = runs[i];
        outcomes[i].folder = folder / runs[i]->name;
        outcomes[i].reason = "not run";
    }
    return outcomes;
}

std::vector<Outcome> run_all(const std::vector<const Run*>& runs, const Settings& settings) {
    const Interrupts interrupts;
    return Pool(runs, settings).run();
}

}  // namespace athena::regress
