// SPDX-License-Identifier: Apache-2.0
#include "sim/regress/runner.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstring>
#include <fstream>
#include <optional>
#include <regex>
#include <sstream>
#include <thread>

#include "sim/shell_words.h"

namespace athena::regress {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kTick = std::chrono::milliseconds(500);
constexpr int kNotStarted = 127;

std::atomic<bool> interrupted{false};

void on_interrupt(int /*signal*/) {
    interrupted = true;
}

struct Process {
    pid_t pid = -1;
    std::size_t index = 0;
    Clock::time_point started;
    bool timed_out = false;
};

/// The program and its arguments; `athena run` leaves its statistics in the run's folder, and so
/// does a difference between RTL and model its files.
std::vector<std::string> words_of(const Settings& settings, const Outcome& outcome) {
    std::vector<std::string> words{settings.program.string()};
    words.insert(words.end(), outcome.run->arguments.begin(), outcome.run->arguments.end());
    if (outcome.run->arguments.front() == "run") {
        words.insert(words.end(), {"--stats", (outcome.folder / "stats.json").string()});
    }
    if (const std::string& command = outcome.run->arguments.front();
        command == "run" || command == "cosim") {
        words.insert(words.end(), {"--reports", outcome.folder.string()});
    }
    return words;
}

std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

// The child gets a process group of its own, so that its end takes its children along.
pid_t start(std::vector<std::string> words, const std::filesystem::path& folder) {
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (std::string& word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    const std::string console = folder / "console.txt";
    const std::string log = folder / "log.txt";
    const pid_t pid = fork();
    if (pid != 0) {
        return pid;
    }
    setpgid(0, 0);
    const int in = open("/dev/null", O_RDONLY);
    const int out = open(console.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    const int err = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (in < 0 || out < 0 || err < 0) {
        _exit(kNotStarted);
    }
    dup2(in, 0);
    dup2(out, 1);
    dup2(err, 2);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    // Beyond the limit the kernel sends SIGXFSZ.
    const rlimit limit{kOutputLimit, kOutputLimit};
    setrlimit(RLIMIT_FSIZE, &limit);
    execv(argv[0], argv.data());
    _exit(kNotStarted);
}

/// What is found in `text` in the order of the patterns, each within a line. The library's matcher
/// recurses for each character: a line is cut where it would need too much stack.
std::optional<std::string> missing_pattern(const Run& run, const std::string& text) {
    constexpr std::size_t kLongestLine = 1024;
    std::size_t from = 0;
    for (const std::string& pattern : run.console) {
        const std::regex regex(pattern);
        bool found = false;
        while (!found && from < text.size()) {
            const std::size_t end = std::min(text.find('\n', from), text.size());
            const std::size_t last = std::min(end, from + kLongestLine);
            std::smatch match;
            found =
                std::regex_search(text.begin() + static_cast<std::ptrdiff_t>(from),
                                  text.begin() + static_cast<std::ptrdiff_t>(last), match, regex);
            from = found ? static_cast<std::size_t>(match[0].second - text.begin()) : end + 1;
        }
        if (!found) {
            return pattern;
        }
    }
    return std::nullopt;
}

void judge(Outcome& outcome, int status, bool timed_out) {
    const Run& run = *outcome.run;
    outcome.verdict = Verdict::Failed;
    if (timed_out) {
        outcome.verdict = Verdict::TimedOut;
        outcome.reason = "did not end within " + std::to_string(run.timeout.count()) + " s";
    } else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ) {
        outcome.reason = "a file of it grew beyond " + std::to_string(kOutputLimit >> 20) + " MiB";
    } else if (WIFSIGNALED(status)) {
        outcome.verdict = Verdict::Crashed;
        outcome.reason = std::string("ended by signal: ") + strsignal(WTERMSIG(status));
    } else if (WEXITSTATUS(status) != run.exit_status) {
        outcome.reason = "exit status " + std::to_string(WEXITSTATUS(status)) + ", expected " +
                         std::to_string(run.exit_status);
    } else {
        const std::string output =
            read_file(outcome.folder / "console.txt") + read_file(outcome.folder / "log.txt");
        if (const auto missing = missing_pattern(run, output)) {
            outcome.reason = "output lacks /" + *missing + "/";
        } else {
            outcome.verdict = Verdict::Passed;
            outcome.reason.clear();
        }
    }
}

class Pool {
  public:
    Pool(const std::vector<const Run*>& runs, const Settings& settings)
        : runs_(runs), settings_(settings), outcomes_(runs.size()) {
        for (std::size_t i = 0; i < runs.size(); ++i) {
            outcomes_[i].run = runs[i];
            outcomes_[i].folder = settings.folder / runs[i]->name;
            outcomes_[i].reason = "not run";
        }
    }

    std::vector<Outcome> run() {
        while (!processes_.empty() || (next_ < runs_.size() && !interrupted)) {
            while (next_ < runs_.size() && processes_.size() < settings_.jobs && !interrupted) {
                launch(next_++);
            }
            const bool reaped = reap();
            end_overdue();
            tick();
            if (!reaped) {
                std::this_thread::sleep_for(std::chrono::milliseconds(10));
            }
        }
        return std::move(outcomes_);
    }

  private:
    void launch(std::size_t index) {
        Outcome& outcome = outcomes_[index];
        std::filesystem::create_directories(outcome.folder);
        const std::vector<std::string> words = words_of(settings_, outcome);
        std::ofstream(outcome.folder / "command.sh")
            << "cd " << sim::shell_words({std::filesystem::current_path()}) << " && "
            << sim::shell_words(words) << '\n';
        const pid_t pid = start(words, outcome.folder);
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
            Outcome& outcome = outcomes_[process->index];
            outcome.seconds =
                std::chrono::duration<double>(Clock::now() - process->started).count();
            if (interrupted) {
                outcome.reason = "stopped by Ctrl-C";
            } else {
                judge(outcome, status, process->timed_out);
            }
            process = processes_.erase(process);
            announce(outcome);
        }
        return any;
    }

    void end_overdue() {
        for (Process& process : processes_) {
            const bool overdue = Clock::now() - process.started > runs_[process.index]->timeout;
            if (overdue || interrupted) {
                process.timed_out = overdue;
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

std::vector<Outcome> run_all(const std::vector<const Run*>& runs, const Settings& settings) {
    interrupted = false;
    struct sigaction action {};
    struct sigaction previous_int {};
    struct sigaction previous_term {};
    action.sa_handler = on_interrupt;
    sigaction(SIGINT, &action, &previous_int);
    sigaction(SIGTERM, &action, &previous_term);
    std::vector<Outcome> outcomes = Pool(runs, settings).run();
    sigaction(SIGINT, &previous_int, nullptr);
    sigaction(SIGTERM, &previous_term, nullptr);
    return outcomes;
}

}  // namespace athena::regress
