// SPDX-License-Identifier: Apache-2.0
// Instructions a second of HartCore, and of QEMU's translator running the same programs in the same
// run. Times are CPU times, as the machine may be shared; QEMU's is that of its process without
// that of one that runs nothing; its instructions are as many as ours. Fails only if results differ
// from the host's.
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "riscv/hart_core.h"
#include "tests/bench/hart/workloads.h"

extern char** environ;

namespace {

using namespace athena::riscv;

constexpr std::uint64_t kRam = 0x8000'0000;
constexpr std::uint64_t kRamSize = 64 << 20;
constexpr std::uint64_t kResult = 0x8001'0000;
constexpr std::uint64_t kQuantum = 20'000;  // 100 microseconds at 200 MHz
constexpr int kRepetitions = 3;

struct Workload {
    const char* name;
    std::uint64_t (*run)(std::uint32_t rounds);
    std::uint32_t rounds;
};
constexpr Workload kWorkloads[] = {
    {"nothing", run_nothing, ROUNDS_NOTHING},
    {"integer", run_integer, ROUNDS_INTEGER},
    {"memory", run_memory, ROUNDS_MEMORY},
    {"floating", run_floating, ROUNDS_FLOATING},
};

class Ram final : public Bus {
  public:
    Ram() : bytes_(kRamSize) {}
    std::optional<DmiRegion> dmi(std::uint64_t address) override {
        if (address < kRam || address >= kRam + kRamSize) {
            return std::nullopt;
        }
        return DmiRegion{kRam, kRam + kRamSize - 1, bytes_.data(), true};
    }
    BusStatus access(std::uint64_t, unsigned, bool write, void*) override {
        finished = write;  // nothing but the finisher is written
        return BusStatus::Ok;
    }
    std::uint64_t time(std::uint64_t cycle) override { return cycle; }
    bool has_code(std::uint64_t) override { return false; }  // no program changes itself
    void mark_code(std::uint64_t, std::uint64_t) override {}
    void code_written(std::uint64_t, std::uint64_t) override {}

    unsigned char* at(std::uint64_t address) { return &bytes_[address - kRam]; }
    bool finished = false;

  private:
    std::vector<unsigned char> bytes_;
};

double seconds_of(const rusage& usage) {
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double own_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return seconds_of(usage);
}

struct Measured {
    double seconds = 1e9;
    std::uint64_t instructions = 0;
    std::uint64_t result = 0;
};

Measured measure_hart(const std::string& name) {
    std::ifstream file(std::string(PROGRAMS) + "/" + name + ".bin", std::ios::binary);
    const std::vector<char> image((std::istreambuf_iterator<char>(file)), {});
    Measured best;
    for (int i = 0; i < kRepetitions; ++i) {
        Ram ram;
        std::memcpy(ram.at(kRam), image.data(), image.size());
        const auto core = std::make_unique<HartCore>(HartCore::Options{.reset_pc = kRam}, ram);
        const double start = own_seconds();
        bool at_instant = true;
        while (!ram.finished) {
            const RunResult result = core->run(kQuantum, at_instant);
            at_instant = result.reason == StopReason::BusNeeded;
        }
        best.seconds = std::min(best.seconds, own_seconds() - start);
        best.instructions = core->state().instructions;
        std::memcpy(&best.result, ram.at(kResult), sizeof best.result);
    }
    return best;
}

// Seconds of the process, or nothing if it did not end with `code`.
std::optional<double> run_qemu(const std::string& name, int code) {
    const std::string elf = std::string(PROGRAMS) + "/" + name + ".elf";
    const char* arguments[] = {"qemu-system-riscv64",
                               "-M",
                               "virt",
                               "-m",
                               "64M",
                               "-display",
                               "none",
                               "-bios",
                               "none",
                               "-serial",
                               "null",
                               "-monitor",
                               "none",
                               "-kernel",
                               elf.c_str(),
                               nullptr};
    pid_t child = 0;
    if (posix_spawnp(&child, arguments[0], nullptr, nullptr, const_cast<char* const*>(arguments),
                     environ) != 0) {
        return std::nullopt;
    }
    int status = 0;
    rusage usage{};
    wait4(child, &status, 0, &usage);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != code) {
        return std::nullopt;
    }
    return seconds_of(usage);
}

}  // namespace

int main() {
    double qemu_start = 0.0;
    std::printf("%-10s %14s %12s %12s %10s\n", "", "instructions", "hart MIPS", "QEMU MIPS",
                "hart/QEMU");
    for (const Workload& workload : kWorkloads) {
        const Measured hart = measure_hart(workload.name);
        const std::uint64_t expected = workload.run(workload.rounds);
        if (hart.result != expected) {
            std::printf("%s: the hart's result is %llx, the host's %llx\n", workload.name,
                        static_cast<unsigned long long>(hart.result),
                        static_cast<unsigned long long>(expected));
            return 1;
        }
        double qemu = 1e9;
        for (int i = 0; i < kRepetitions; ++i) {
            const auto seconds = run_qemu(workload.name, static_cast<int>(expected & 127));
            if (!seconds) {
                std::printf("%s: QEMU failed, or has another result\n", workload.name);
                return 1;
            }
            qemu = std::min(qemu, *seconds);
        }
        if (workload.run == run_nothing) {
            qemu_start = qemu;
            continue;
        }
        const auto instructions = static_cast<double>(hart.instructions);
        const double ours = instructions / hart.seconds / 1e6;
        const double theirs = instructions / (qemu - qemu_start) / 1e6;
        std::printf("%-10s %14.0f %12.0f %12.0f %10.2f\n", workload.name, instructions, ours,
                    theirs, ours / theirs);
    }
    return 0;
}
