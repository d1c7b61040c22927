// SPDX-License-Identifier: Apache-2.0
// Requests of several bursts: against the same bursts accepted one after another in the same cycle.
#include <algorithm>
#include <map>
#include <random>
#include <stdexcept>

#include "rig.h"

using namespace athena;
using memory::HbmCycle;
using memory::HbmRequest;
using test::hbm_with;
using test::HbmRig;

namespace {

/// Takes requests as their bursts, one call of accept() each, and ends them with the last burst.
class Singly {
  public:
    explicit Singly(const memory::HbmConfig& config) : rig(config) {}

    bool accept(HbmCycle now, const HbmRequest& request) {
        const unsigned bursts = rig.controller.map().bursts(request.address, request.bytes);
        for (unsigned i = 0; i < bursts; ++i) {
            const std::uint64_t address =
                request.address + std::uint64_t{i} * rig.controller.config().access_bytes();
            if (!rig.controller.accept(
                    now, {.address = address, .write = request.write, .handle = request.handle})) {
                return false;
            }
        }
        left_[request.handle] = bursts;
        return true;
    }
    /// Whether it would be accepted.
    bool would_accept(HbmCycle now, const HbmRequest& request) const {
        Singly copy(*this);
        return copy.accept(now, request);
    }
    std::optional<memory::HbmCompletion> advance(HbmCycle now) {
        while (const auto completion = rig.controller.advance(now)) {
            if (--left_[completion->handle] == 0) {
                left_.erase(completion->handle);
                return completion;
            }
        }
        return std::nullopt;
    }

    struct Rig {
        explicit Rig(const memory::HbmConfig& config) : controller(config) {}
        memory::HbmController controller;
    } rig;

  private:
    std::map<std::uint64_t, unsigned> left_;
};

/// In the order of cycles and handles: of the same cycle they come in any order.
std::vector<std::pair<HbmCycle, std::uint64_t>> ordered(
    const std::vector<memory::HbmCompletion>& completions) {
    std::vector<std::pair<HbmCycle, std::uint64_t>> list;
    for (const memory::HbmCompletion& completion : completions) {
        list.emplace_back(completion.cycle, completion.handle);
    }
    std::sort(list.begin(), list.end());
    return list;
}

/// A configuration of a preset with other queues, refresh, policy and limits.
memory::HbmConfig any_config(std::mt19937_64& random, unsigned number) {
    const auto presets = memory::hbm_preset_names();
    memory::HbmConfig config = *memory::hbm_preset(presets[number % presets.size()]);
    config.channels = 2;
    config.organisation = static_cast<memory::HbmOrganisation>(number / presets.size() % 2);
    config.refresh = static_cast<memory::HbmRefresh>(random() % 3);
    config.refi = config.rfc + 500 + static_cast<unsigned>(random() % 2000);
    config.refib = 330 + static_cast<unsigned>(random() % 200);
    config.page_policy =
        random() % 4 == 0 ? memory::HbmPagePolicy::Closed : memory::HbmPagePolicy::Open;
    config.bank_hash = random() % 2 == 0;
    const bool legacy = config.pseudo_channels == 1;
    constexpr const char* kLegacy[] = {"rorabgbachco", "robaco4chbgco1", "rochbaco3bgco2"};
    constexpr const char* kPseudo[] = {"robaco2bgpcstchco3", "robaco4bgpcchco1", "robgbachpcco"};
    config.mapping = (legacy ? kLegacy : kPseudo)[random() % 3];
    config.read_queue = 8U << random() % 4;
    config.write_queue = 8U << random() % 4;
    config.idle_drain = static_cast<unsigned>(random() % 8);
    config.bank_queue = 1U << random() % 4;
    config.row_hit_limit = 1U << random() % 4;
    config.drain_low = static_cast<unsigned>(random() % 40);
    config.max_wait = random() % 2 == 0 ? 16384 : 100 + static_cast<unsigned>(random() % 900);
    config.request_bytes = 64U << random() % 4;
    REQUIRE(config.check().value_or("") == "");
    return config;
}

}  // namespace

TEST_CASE("hbm request: several bursts are served as one after another, cycle for cycle") {
    std::uint64_t longer = 0;
    std::uint64_t joined = 0;
    std::uint64_t urgent = 0;
    for (unsigned number = 0; number < 600; ++number) {
        std::mt19937_64 random(number);
        const memory::HbmConfig config = any_config(random, number);
        INFO("seed " << number << " " << config.mapping);
        HbmRig whole(config);
        Singly singly(config);
        std::vector<memory::HbmCompletion> got;
        std::vector<memory::HbmCompletion> expected;
        const std::uint64_t writes = random() % 3 * 30;    // per cent
        const std::uint64_t places = 4U << random() % 12;  // requests' places in most cases
        const std::uint64_t pause = 1 + random() % 40;     // cycles
        const bool lazy = random() % 2 == 0;               // asked seldom
        std::uint64_t handle = 0;
        for (HbmCycle now = 0; now < 6000; ++now) {
            while (const auto completion = singly.advance(now)) {
                expected.push_back(*completion);
            }
            while (!lazy || now % 512 == 0) {
                const auto completion = whole.controller.advance(now);
                if (!completion) {
                    break;
                }
                got.push_back(*completion);
            }
            for (bool more = random() % pause == 0; more; more = random() % 3 == 0) {
                HbmRequest request{.write = random() % 100 < writes, .handle = ++handle};
                request.address = random() % 8 == 0
                                      ? random() % config.capacity()
                                      : random() % (places * 256) + (random() % 4 << 18);
                const unsigned room = whole.controller.contiguous(request.address);
                request.bytes =
                    random() % 2 == 0 ? room : 1 + static_cast<unsigned>(random() % room);
                longer += request.bytes > config.access_bytes() ? 1 : 0;
                const bool accepted = whole.controller.accept(now, request);
                REQUIRE((accepted ? singly.accept(now, request)
                                  : singly.would_accept(now, request)) == accepted);
            }
        }
        while (const auto completion = whole.controller.advance(100'000)) {
            got.push_back(*completion);
        }
        while (const auto completion = singly.advance(100'000)) {
            expected.push_back(*completion);
        }
        whole.finish(100'000);
        singly.rig.controller.settle(100'000);
        REQUIRE((ordered(got) == ordered(expected)));
        for (unsigned i = 0; i < config.channels; ++i) {
            const auto& one = whole.controller.channel(i).counters();
            const auto& other = singly.rig.controller.channel(i).counters();
            CHECK(one.bursts == other.bursts);
            CHECK(one.merged == other.merged);
            CHECK(one.forwarded == other.forwarded);
            CHECK(one.full_cycles == other.full_cycles);
            CHECK(one.urgent == other.urgent);
            using Bank = memory::HbmBankCounters;
            for (const auto counter : {&Bank::reads, &Bank::writes, &Bank::activates,
                                       &Bank::row_hits, &Bank::row_conflicts}) {
                CHECK(one.total(counter) == other.total(counter));
            }
            joined += one.merged[0] + one.merged[1] + one.forwarded;
            urgent += one.urgent;
        }
    }
    CHECK(longer > 50'000);
    CHECK(joined > 10'000);
    CHECK(urgent > 100);
}
