// SPDX-License-Identifier: Apache-2.0
#include "bench/hbm/traffic.h"

#include <algorithm>
#include <charconv>
#include <deque>
#include <random>
#include <vector>

namespace athena::test {

namespace {

using memory::HbmController;
using memory::HbmCycle;

struct Block {
    std::uint64_t address = 0;
    bool write = false;
};

/// The blocks of one stream.
class Blocks {
  public:
    Blocks(const HbmTraffic& traffic, std::uint64_t bytes, std::uint64_t seed)
        : traffic_(traffic), blocks_(bytes / traffic.block_bytes), random_(seed) {}

    Block next() {
        Block block{.address = number() * traffic_.block_bytes};
        if (traffic_.read_percent < 100) {
            block.write = random_() % 100 >= traffic_.read_percent;
        }
        return block;
    }

  private:
    std::uint64_t number() {
        const std::uint64_t n = count_++;
        switch (traffic_.stream) {
            case HbmStream::Sequential:
                return n % blocks_;
            case HbmStream::Random:
                return random_() % blocks_;
            case HbmStream::Stride:
                return n * (traffic_.stride / traffic_.block_bytes) % blocks_;
            case HbmStream::Several:
                // Far apart, and not in the same bank by the power of two.
                return (n % traffic_.streams * (blocks_ / traffic_.streams + 32 * 5) +
                        n / traffic_.streams) %
                       blocks_;
        }
        return 0;
    }

    const HbmTraffic& traffic_;
    std::uint64_t blocks_;
    std::uint64_t count_ = 0;
    std::mt19937_64 random_;
};

/// A stream with its endless queue at the source and the requests of its blocks.
class Source {
  public:
    /// Blocks lie in `bytes` bytes from `base` on.
    Source(const HbmTraffic& traffic, std::uint64_t base, std::uint64_t bytes, double rate,
           std::uint64_t seed)
        : blocks_(traffic, bytes, seed),
          base_(base),
          block_bytes_(traffic.block_bytes),
          rate_(rate),
          random_(seed * 7919 + 1) {}

    void create(HbmCycle now) {
        if (rate_ > 0 && std::uniform_real_distribution<double>(0, 1)(random_) < rate_) {
            created_.push_back(now);
        }
    }
    [[nodiscard]] bool empty() const { return rate_ > 0 && created_.empty(); }
    /// The next request; its birth is `now` where no rate is offered.
    [[nodiscard]] Block peek() {
        if (!drawn_) {
            block_ = blocks_.next();
            drawn_ = true;
        }
        return {.address = base_ + block_.address + offset_, .write = block_.write};
    }
    /// Bytes of the block from peek() on.
    [[nodiscard]] unsigned left() const { return block_bytes_ - std::min(offset_, block_bytes_); }
    [[nodiscard]] HbmCycle birth(HbmCycle now) const { return rate_ > 0 ? created_.front() : now; }
    void pop(unsigned bytes) {
        offset_ += bytes;
        if (offset_ >= block_bytes_) {
            offset_ = 0;
            drawn_ = false;
            if (rate_ > 0) {
                created_.pop_front();
            }
        }
    }
    [[nodiscard]] std::size_t waiting() const { return created_.size(); }

  private:
    Blocks blocks_;
    std::uint64_t base_;
    unsigned block_bytes_;
    double rate_;
    std::mt19937_64 random_;
    std::deque<HbmCycle> created_;
    Block block_;
    unsigned offset_ = 0;  // in the block
    bool drawn_ = false;
};

struct Latencies {
    std::uint64_t sum = 0;
    std::uint64_t count = 0;
    std::uint64_t most = 0;
    std::uint64_t completed = 0;
};

struct Totals {
    std::uint64_t reads = 0;
    std::uint64_t writes = 0;
    std::uint64_t activates = 0;
    std::uint64_t hits = 0;
};

Totals totals(const HbmController& controller) {
    Totals t;
    using Counters = memory::HbmBankCounters;
    for (unsigned i = 0; i < controller.channels(); ++i) {
        const memory::HbmChannelCounters& c = controller.channel(i).counters();
        t.reads += c.total(&Counters::reads);
        t.writes += c.total(&Counters::writes);
        t.activates += c.total(&Counters::activates);
        t.hits += c.total(&Counters::row_hits);
    }
    return t;
}

/// The address of block-relative `local` bytes of channel `index`, as a whole address.
std::uint64_t global(const HbmController& controller, const HbmController* local_map,
                     std::uint64_t local, unsigned index) {
    if (local_map == nullptr) {
        return local;
    }
    memory::HbmLocation where = local_map->map().locate(local);
    where.channel = index;
    return controller.map().address(where);
}

}  // namespace

HbmMeasured run_traffic(HbmController& controller, const HbmTraffic& traffic,
                        const std::function<void(HbmCycle)>& each_cycle) {
    const memory::HbmConfig& config = controller.config();
    const bool by_channel = traffic.driver == HbmDriver::PerChannel;
    const unsigned tries = traffic.driver == HbmDriver::InOrder ? traffic.per_cycle : 1;
    const unsigned sources = by_channel                             ? controller.channels()
                             : traffic.driver == HbmDriver::Sources ? traffic.streams
                                                                    : 1;
    // A channel's own stream is laid over that channel by the map without its channel bits.
    memory::HbmConfig one = config;
    one.channels = 1;
    one.stacks = 1;
    one.channel_interleave = 0;
    one.stack_interleave = 0;
    std::optional<HbmController> local;
    if (by_channel && controller.channels() > 1) {
        local.emplace(one);
    }
    const std::uint64_t whole =
        by_channel ? config.channel_bytes()
                   : config.capacity() / sources / traffic.block_bytes * traffic.block_bytes;
    const std::uint64_t bytes = traffic.span != 0 ? std::min(traffic.span, whole) : whole;
    const double blocks_per_cycle = traffic.offered *
                                    static_cast<double>(config.peak_bytes_per_cycle()) / sources /
                                    traffic.block_bytes;
    std::vector<Source> source;
    for (unsigned i = 0; i < sources; ++i) {
        source.emplace_back(traffic, by_channel ? 0 : i * whole, bytes, blocks_per_cycle,
                            traffic.seed + i);
    }

    HbmMeasured measured;
    Latencies latencies;
    Totals start;
    bool measuring = false;
    const auto complete = [&](const memory::HbmCompletion& completion) {
        ++latencies.completed;
        if (completion.write) {
            return;
        }
        const std::uint64_t latency = completion.cycle - completion.handle;
        if (measuring) {
            latencies.sum += latency;
            ++latencies.count;
            latencies.most = std::max(latencies.most, latency);
        }
    };
    const HbmCycle end = traffic.warm_up + traffic.cycles;
    for (HbmCycle now = 0; now < end; ++now) {
        while (const auto completion = controller.advance(now)) {
            complete(*completion);
        }
        if (now == traffic.warm_up) {
            measuring = true;
            start = totals(controller);
        }
        if (each_cycle) {
            each_cycle(now);
        }
        for (unsigned k = 0; k < sources; ++k) {
            const unsigned i = static_cast<unsigned>((k + (by_channel ? 0 : now)) % sources);
            source[i].create(now);
            for (unsigned n = 0; !source[i].empty() && (by_channel || n < tries); ++n) {
                const Block block = source[i].peek();
                const std::uint64_t address =
                    global(controller, local ? &*local : nullptr, block.address, i);
                unsigned size = config.access_bytes();
                if (traffic.whole_blocks) {
                    size = std::min({controller.contiguous(address), source[i].left(),
                                     local ? local->contiguous(block.address) : ~0U});
                }
                if (!controller.accept(now, {.address = address,
                                             .bytes = size,
                                             .write = block.write,
                                             .handle = source[i].birth(now)})) {
                    break;
                }
                source[i].pop(size);
                ++measured.requests;
            }
        }
    }
    while (const auto completion = controller.advance(end)) {
        complete(*completion);
    }
    controller.settle(end);

    const Totals last = totals(controller);
    measured.reads = last.reads - start.reads;
    measured.writes = last.writes - start.writes;
    measured.activates = last.activates - start.activates;
    const double columns = static_cast<double>(measured.reads + measured.writes);
    measured.row_hit_rate = static_cast<double>(last.hits - start.hits) / std::max(columns, 1.0);
    const double moved = columns * config.access_bytes() / static_cast<double>(traffic.cycles);
    measured.achieved = moved / static_cast<double>(config.peak_bytes_per_cycle());
    measured.gigabytes_per_second = moved * 1000 / config.tck_ps;
    measured.read_latency = static_cast<double>(latencies.sum) /
                            static_cast<double>(std::max<std::uint64_t>(latencies.count, 1));
    measured.max_read_latency = latencies.most;
    measured.completed = latencies.completed;
    measured.saturated = traffic.offered == 0;
    for (const Source& s : source) {  // its queue has grown through the run
        measured.saturated = measured.saturated || s.waiting() > 500;
    }
    return measured;
}

double serial_latency(HbmController& controller, HbmStream stream, unsigned count,
                      std::uint64_t seed) {
    HbmTraffic traffic{.stream = stream, .seed = seed};
    traffic.block_bytes = controller.config().access_bytes();
    Blocks blocks(traffic, controller.config().capacity(), seed);
    HbmCycle now = 0;
    std::uint64_t sum = 0;
    for (unsigned i = 0; i < count; ++i) {
        controller.accept(now, {.address = blocks.next().address, .handle = i});
        const auto completion = controller.advance(memory::kHbmNever / 4);
        sum += completion->cycle - now;
        now = completion->cycle + 1;
    }
    return static_cast<double>(sum) / count;
}

namespace {

template <typename T>
std::optional<std::string> number(T& target, std::string_view key, std::string_view value) {
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), target);
    if (error != std::errc{} || end != value.data() + value.size()) {
        return std::string(key) + " is '" + std::string(value) + "', not a number";
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> set_traffic(HbmTraffic& traffic, std::string_view key,
                                       std::string_view value) {
    if (key == "stream") {
        for (const auto& [name, stream] :
             {std::pair{"seq", HbmStream::Sequential}, std::pair{"rand", HbmStream::Random},
              std::pair{"stride", HbmStream::Stride}, std::pair{"several", HbmStream::Several}}) {
            if (value == name) {
                traffic.stream = stream;
                return std::nullopt;
            }
        }
        return "stream is '" + std::string(value) + "', not one of seq, rand, stride, several";
    }
    if (key == "driver") {
        for (const auto& [name, driver] :
             {std::pair{"per_channel", HbmDriver::PerChannel},
              std::pair{"inorder", HbmDriver::InOrder}, std::pair{"sources", HbmDriver::Sources}}) {
            if (value == name) {
                traffic.driver = driver;
                return std::nullopt;
            }
        }
        return "driver is '" + std::string(value) + "', not one of per_channel, inorder, sources";
    }
    if (key == "requests") {
        traffic.whole_blocks = value == "blocks";
        return value == "blocks" || value == "bursts"
                   ? std::nullopt
                   : std::optional("requests is '" + std::string(value) +
                                   "', not one of bursts, blocks");
    }
    if (key == "load") {
        traffic.offered = 0;
        if (value == "full") {
            return std::nullopt;
        }
        auto wrong = number(traffic.offered, key, value);
        if (!wrong && !(traffic.offered > 0 && traffic.offered <= 1)) {
            wrong = "load is " + std::string(value) + ", not full or between 0 and 1";
        }
        return wrong;
    }
    if (key == "reads") {
        auto wrong = number(traffic.read_percent, key, value);
        return !wrong && traffic.read_percent > 100 ? "reads is more than 100 per cent" : wrong;
    }
    for (const auto& [name, target] :
         {std::pair{"block_bytes", &traffic.block_bytes}, std::pair{"streams", &traffic.streams},
          std::pair{"per_cycle", &traffic.per_cycle}}) {
        if (key == name) {
            auto wrong = number(*target, key, value);
            return !wrong && *target == 0 ? std::string(key) + " is 0" : wrong;
        }
    }
    for (const auto& [name, target] :
         {std::pair{"stride", &traffic.stride}, std::pair{"span", &traffic.span},
          std::pair{"warmup", &traffic.warm_up}, std::pair{"cycles", &traffic.cycles},
          std::pair{"seed", &traffic.seed}}) {
        if (key == name) {
            return number(*target, key, value);
        }
    }
    return "unknown option '" + std::string(key) + "'";
}

}  // namespace athena::test
