// SPDX-License-Identifier: Apache-2.0
// Requests a second of the HBM controller, against a bound measured in the same run: a ring that
// takes the same requests and gives each back after a fixed latency, which is what a memory
// without any timing would do. Times are the process's CPU time; of several interleaved
// measurements the fastest counts.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <random>
#include <vector>

#include "memory/hbm_controller.h"

using namespace athena;

namespace {

constexpr unsigned kRepeats = 5;
constexpr unsigned kRequests = 100'000;

struct Request {
    memory::HbmCycle cycle = 0;  // when it comes; 0: as soon as there is room
    std::uint64_t address = 0;
    unsigned bytes = 0;
};

/// Requests of `request_bytes`, of blocks of `block_bytes`; `spacing` cycles apart on average.
std::vector<Request> requests(const memory::HbmConfig& config, bool random, double spacing,
                              unsigned block_bytes, unsigned request_bytes) {
    std::mt19937_64 source(7);
    std::vector<Request> list;
    double cycle = 0;
    for (unsigned i = 0; list.size() < kRequests; ++i) {
        if (spacing > 0) {
            cycle += std::exponential_distribution<double>(1 / spacing)(source);
        }
        const std::uint64_t block = random ? source() % (config.capacity() / block_bytes) : i;
        for (unsigned offset = 0; offset < block_bytes; offset += request_bytes) {
            list.push_back({static_cast<memory::HbmCycle>(cycle), block * block_bytes + offset,
                            request_bytes});
        }
    }
    return list;
}

/// The bound: a queue without banks.
class Ring {
  public:
    bool accept(memory::HbmCycle now, const memory::HbmRequest& request) {
        if (count_ == item_.size()) {
            return false;
        }
        item_[(first_ + count_++) % item_.size()] = {now + 17, request.handle, request.write};
        return true;
    }
    std::optional<memory::HbmCompletion> advance(memory::HbmCycle until) {
        if (count_ == 0 || item_[first_].cycle > until) {
            return std::nullopt;
        }
        const memory::HbmCompletion item = item_[first_];
        first_ = (first_ + 1) % item_.size();
        --count_;
        return item;
    }

  private:
    std::vector<memory::HbmCompletion> item_ = std::vector<memory::HbmCompletion>(256);
    std::size_t first_ = 0;
    std::size_t count_ = 0;
};

struct Measured {
    double nanoseconds = 0;  // a request
    double cycles = 0;
};

template <typename Target>
Measured run(Target& target, const std::vector<Request>& list) {
    const std::clock_t start = std::clock();
    memory::HbmCycle now = 0;
    std::uint64_t completed = 0;
    for (const Request& request : list) {
        now = std::max(now, request.cycle);
        while (target.advance(now)) {
            ++completed;
        }
        while (!target.accept(
            now, {.address = request.address, .bytes = request.bytes, .handle = completed})) {
            const auto completion = target.advance(now + 1'000'000);
            now = completion->cycle;
            ++completed;
        }
    }
    while (const auto completion = target.advance(now + 1'000'000)) {
        now = std::max(now, completion->cycle);
        ++completed;
    }
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    if (completed != list.size()) {
        std::printf("lost requests: %llu of %zu completed\n",
                    static_cast<unsigned long long>(completed), list.size());
        std::exit(1);
    }
    const auto count = static_cast<double>(list.size());
    return {.nanoseconds = seconds * 1e9 / count, .cycles = static_cast<double>(now) / count};
}

void compare(const char* preset, const char* name, unsigned channels, bool random, double spacing) {
    memory::HbmConfig config = *memory::hbm_preset(preset);
    config.channels = channels;
    const std::vector<Request> list = requests(config, random, spacing, 64, config.access_bytes());
    double ours = 1e9;
    double bound = 1e9;
    for (unsigned i = 0; i < kRepeats; ++i) {
        memory::HbmController controller(config);
        ours = std::min(ours, run(controller, list).nanoseconds);
        Ring ring;
        bound = std::min(bound, run(ring, list).nanoseconds);
    }
    const double per_block = ours * 64 / config.access_bytes();
    std::printf(
        "%-19s %-22s %2u channels  %6.1f ns a request (%5.1f a 64 B)  %5.2f M/s  "
        "bound %4.1f ns  ratio %.3f\n",
        preset, name, channels, ours, per_block, 1e3 / ours, bound, bound / ours);
}

/// Transactions of 256 bytes, a request each or one for each of their bursts, at a part of what is
/// reached when they come as fast as they are taken.
void transactions(const char* preset, const char* name, bool random, double load, bool bursts) {
    constexpr unsigned kBytes = 256;
    const memory::HbmConfig config = *memory::hbm_preset(preset);
    const unsigned each = bursts ? config.access_bytes() : kBytes;
    const unsigned count = kBytes / each;
    memory::HbmController full(config);
    const double spacing =
        run(full, requests(config, random, 0, kBytes, each)).cycles * count / load;
    const std::vector<Request> list = requests(config, random, spacing, kBytes, each);
    double ours = 1e9;
    for (unsigned i = 0; i < kRepeats; ++i) {
        memory::HbmController controller(config);
        ours = std::min(ours, run(controller, list).nanoseconds * count);
    }
    std::printf("%-19s %-22s %s  %6.1f ns a transaction of 256 B  %5.0f thousand/s\n", preset, name,
                bursts ? "bursts " : "request", ours, 1e6 / ours);
}

}  // namespace

int main() {
    for (const unsigned channels : {1U, 8U}) {
        // 80 % of what random blocks reach: 0.246 of 32 GB/s a channel, 0.60 of it, and 0.47.
        const double n = channels;
        compare("hbm2-8gb-legacy", "sequential, full", channels, false, 0);
        compare("hbm2-8gb-legacy", "sequential, half load", channels, false, 4 / n);
        compare("hbm2-8gb-legacy", "random, 80 %", channels, true, 2 / 0.246 / 0.8 / n);
        compare("hbm2-pseudochannel", "sequential, full", channels, false, 0);
        compare("hbm2-pseudochannel", "sequential, half load", channels, false, 4 / n);
        compare("hbm2-pseudochannel", "random, 80 %", channels, true, 2 / 0.6 / 0.8 / n);
    }
    compare("hbm2e-16gb", "sequential, full", 8, false, 0);
    compare("hbm2e-16gb", "random, 80 %", 8, true, 2 / 0.6 / 0.8 / 8);
    for (const char* preset : {"hbm2-8gb-legacy", "hbm2e-16gb", "hbm2e-board"}) {
        for (const bool bursts : {true, false}) {
            transactions(preset, "sequential, full", false, 1, bursts);
            transactions(preset, "sequential, half load", false, 0.5, bursts);
            transactions(preset, "random, 80 %", true, 0.8, bursts);
        }
    }
    return 0;
}
