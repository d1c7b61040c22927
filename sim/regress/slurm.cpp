// SPDX-License-Identifier: Apache-2.0
#include "sim/regress/slurm.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "sim/regress/interrupt.h"
#include "sim/regress/result_file.h"
#include "sim/shell_words.h"

namespace athena::regress {

namespace {

constexpr auto kPoll = std::chrono::seconds(1);
constexpr unsigned kMostTries = 3;
/// Polls that a task may be missing: its result may come a little later over a network.
constexpr unsigned kMissing = 5;
/// Slurm's MaxArraySize is 1001 unless configured otherwise.
constexpr std::size_t kArray = 1000;

struct Answer {
    bool ok = false;
    std::string text;  ///< both streams
};

Answer run_command(const std::vector<std::string>& words) {
    const std::string command = sim::shell_words(words) + " 2>&1";
    FILE* const pipe = popen(command.c_str(), "r");
    Answer answer;
    if (pipe == nullptr) {
        return answer;
    }
    std::array<char, 4096> part{};
    while (const std::size_t count = fread(part.data(), 1, part.size(), pipe)) {
        answer.text.append(part.data(), count);
    }
    answer.ok = pclose(pipe) == 0;
    return answer;
}

class Farm {
  public:
    Farm(const std::vector<const Run*>& runs, const Settings& settings, const SlurmSettings& slurm)
        : settings_(settings),
          slurm_(slurm),
          folder_(settings.folder / "slurm"),
          outcomes_(not_run(runs, settings.folder)),
          tasks_(runs.size()) {}

    std::vector<Outcome> run() {
        std::filesystem::create_directories(folder_);
        cancel_earlier();
        std::vector<std::size_t> all(outcomes_.size());
        for (std::size_t i = 0; i < all.size(); ++i) {
            all[i] = i;
        }
        submit(all);
        while (ended_ < outcomes_.size() && !Interrupts::came()) {
            std::this_thread::sleep_for(kPoll);
            look_for_results();
            look_at_queue();
            if (settings_.on_tick) {
                settings_.on_tick(progress());
            }
        }
        if (ended_ < outcomes_.size()) {
            cancel();
        }
        std::filesystem::remove(folder_ / "jobs");
        return std::move(outcomes_);
    }

  private:
    struct Task {
        std::string id;  ///< of Slurm: JOB_INDEX
        unsigned tries = 0;
        unsigned missing = 0;
        bool ended = false;
        bool runs = false;
    };

    /// Those of an invocation that was killed.
    void cancel_earlier() const {
        std::ifstream jobs(folder_ / "jobs");
        for (std::string job; jobs >> job;) {
            (void)run_command({"scancel", job});
        }
        std::filesystem::remove(folder_ / "jobs");
    }
    void cancel() const {
        for (const std::string& job : jobs_) {
            (void)run_command({"scancel", job});
        }
    }

    void submit(const std::vector<std::size_t>& indices) {
        for (std::size_t from = 0; from < indices.size(); from += kArray) {
            const std::size_t count = std::min(kArray, indices.size() - from);
            submit_array({indices.begin() + static_cast<std::ptrdiff_t>(from),
                          indices.begin() + static_cast<std::ptrdiff_t>(from + count)});
        }
    }

    void submit_array(const std::vector<std::size_t>& indices) {
        const std::string stem = settings_.submission + "-" + std::to_string(++arrays_);
        const std::filesystem::path script = folder_ / (stem + ".sh");
        const std::filesystem::path names = folder_ / (stem + ".runs");
        std::string lines;
        std::chrono::seconds longest{0};
        for (const std::size_t index : indices) {
            lines += outcomes_[index].run->name + '\n';
            longest = std::max(longest, outcomes_[index].run->timeout);
        }
        replace_file(names, lines);
        replace_file(script, "#!/bin/sh\nname=$(sed -n \"${SLURM_ARRAY_TASK_ID}p\" " +
                                 sim::shell_words({names.string()}) + ") &&\ncd " +
                                 sim::shell_words({std::filesystem::current_path().string()}) +
                                 " && exec " +
                                 sim::shell_words({settings_.program.string(), "regress",
                                                   slurm_.suite, "--out", settings_.folder.string(),
                                                   "--repeat", std::to_string(slurm_.repeat),
                                                   "--submission", settings_.submission}) +
                                 " --worker \"$name\"\n");
        constexpr std::chrono::minutes kSpare{5};
        const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(longest) + kSpare;
        std::vector<std::string> words = {
            "sbatch",
            "--parsable",
            "--requeue",
            "--open-mode=append",
            "--array=1-" + std::to_string(indices.size()) + '%' + std::to_string(settings_.jobs),
            "--job-name=athena-regress",
            "--time=" + std::to_string(minutes.count()),
            "--output=" + (folder_ / "%A_%a.log").string()};
        words.insert(words.end(), slurm_.arguments.begin(), slurm_.arguments.end());
        words.push_back(script.string());
        const Answer answer = run_command(words);
        const std::string job = answer.text.substr(0, answer.text.find_first_of(";\n"));
        if (!answer.ok || job.empty() || job.find_first_not_of("0123456789") != std::string::npos) {
            throw SuiteError("sbatch: " + answer.text);
        }
        jobs_.push_back(job);
        std::ofstream(folder_ / "jobs", std::ios::app) << job << '\n';
        for (std::size_t i = 0; i < indices.size(); ++i) {
            Task& task = tasks_[indices[i]];
            task.id = job + '_' + std::to_string(i + 1);
            task.missing = 0;
            ++task.tries;
        }
    }

    void look_for_results() {
        for (std::size_t i = 0; i < tasks_.size(); ++i) {
            if (tasks_[i].ended) {
                continue;
            }
            const auto result = read_result(outcomes_[i].folder);
            if (result && result->submission == settings_.submission) {
                outcomes_[i].verdict = result->verdict;
                outcomes_[i].reason = result->reason;
                outcomes_[i].seconds = result->seconds;
                end(i);
            }
        }
    }

    void end(std::size_t index) {
        tasks_[index].ended = true;
        tasks_[index].runs = false;
        ++ended_;
        if (settings_.on_outcome) {
            settings_.on_outcome(outcomes_[index], progress());
        }
    }

    // Tasks that are neither in the queue nor have left a result are submitted again.
    void look_at_queue() {
        // Not by their numbers: one that Slurm has forgotten would hide the others.
        const Answer answer =
            run_command({"squeue", "--me", "--noheader", "--array", "--format=%i %t"});
        if (!answer.ok) {
            return;  // the controller does not answer: it may come back
        }
        std::map<std::string, std::string> queued;
        std::istringstream lines(answer.text);
        for (std::string id, state; lines >> id >> state;) {
            queued[id] = state;
        }
        std::vector<std::size_t> again;
        for (std::size_t i = 0; i < tasks_.size(); ++i) {
            Task& task = tasks_[i];
            const auto found = queued.find(task.id);
            task.runs = found != queued.end() && found->second == "R";
            if (task.ended || found != queued.end()) {
                task.missing = 0;
            } else if (++task.missing > kMissing) {
                if (task.tries < kMostTries) {
                    again.push_back(i);
                } else {
                    outcomes_[i].verdict = Verdict::Lost;
                    outcomes_[i].reason = "Slurm lost its job " + std::to_string(kMostTries) +
                                          " times; see " + folder_.string();
                    end(i);
                }
            }
        }
        submit(again);
    }

    [[nodiscard]] Progress progress() const {
        Progress progress{ended_, {}};
        for (std::size_t i = 0; i < tasks_.size(); ++i) {
            if (tasks_[i].runs) {
                progress.running.push_back(outcomes_[i].run);
            }
        }
        return progress;
    }

    const Settings& settings_;
    const SlurmSettings& slurm_;
    std::filesystem::path folder_;
    std::vector<Outcome> outcomes_;
    std::vector<Task> tasks_;
    std::vector<std::string> jobs_;
    std::size_t ended_ = 0;
    unsigned arrays_ = 0;
};

}  // namespace

std::vector<Outcome> run_on_slurm(const std::vector<const Run*>& runs, const Settings& settings,
                                  const SlurmSettings& slurm) {
    const Interrupts interrupts;
    return Farm(runs, settings, slurm).run();
}

}  // namespace athena::regress
