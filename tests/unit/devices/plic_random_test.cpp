// SPDX-License-Identifier: Apache-2.0
// The PLIC against a model that follows the specification's words one source at a time.
#include <array>
#include <cstdlib>
#include <random>

#include "device_bench.h"
#include "devices/plic.h"

using namespace athena;

namespace {

constexpr unsigned kSources = 70;
constexpr unsigned kContexts = 3;

struct Reference {
    struct Source {
        bool wire = false;
        bool pending = false;
        bool waits_for_completion = false;
        unsigned priority = 0;
        std::array<bool, kContexts> enabled{};
    };
    std::array<Source, kSources + 1> sources{};
    std::array<unsigned, kContexts> thresholds{};

    void gate() {
        for (Source& source : sources) {
            source.pending = source.pending || (source.wire && !source.waits_for_completion);
        }
    }
    bool notifies(unsigned context) {
        bool result = false;
        for (const Source& source : sources) {
            result = result || (source.pending && source.enabled[context] &&
                                source.priority > thresholds[context]);
        }
        return result;
    }
    unsigned claim(unsigned context) {
        unsigned chosen = 0;
        for (unsigned number = kSources; number >= 1; --number) {
            const Source& source = sources[number];
            if (source.pending && source.enabled[context] && source.priority != 0 &&
                source.priority >= sources[chosen].priority) {
                chosen = number;
            }
        }
        if (chosen != 0) {
            sources[chosen].pending = false;
            sources[chosen].waits_for_completion = true;
        }
        return chosen;
    }
};

}  // namespace

TEST_CASE("plic: random accesses and wires give what the specification says") {
    const char* given = std::getenv("ATHENA_SEED");
    const std::uint64_t seed =
        given != nullptr ? std::strtoull(given, nullptr, 0) : std::random_device{}();
    INFO("replay: ATHENA_SEED=" << seed << " unit_devices \"plic: random*\"");
    std::mt19937_64 random(seed);
    test::FreshSimulation simulation;
    devices::Plic plic{"plic", {.sources = kSources, .contexts = kContexts}};
    test::Wires wires;
    for (unsigned context = 0; context < kContexts; ++context) {
        plic.context(context).connect(wires, context);
    }
    test::Bus bus{plic};
    Reference reference;
    for (int round = 0; round < 20'000; ++round) {
        const auto number = static_cast<unsigned>(random() % (kSources + 1));
        const auto context = static_cast<unsigned>(random() % kContexts);
        Reference::Source& source = reference.sources[number];
        const auto choice = random() % 8;
        CAPTURE(round, number, context, choice);
        if (choice <= 2 && number != 0) {
            source.wire = random() % 2 != 0;
            plic.set_irq(number, source.wire);
        } else if (choice == 3 && number != 0) {
            source.priority = static_cast<unsigned>(random() % 8);
            bus.write(4ULL * number, 4, source.priority);
        } else if (choice == 4 && number != 0) {
            source.enabled[context] = !source.enabled[context];
            const std::uint64_t offset = 0x2000 + 0x80ULL * context + number / 32 * 4ULL;
            bus.write(offset, 4, bus.read(offset, 4) ^ 1ULL << (number % 32));
        } else if (choice == 5) {
            reference.thresholds[context] = static_cast<unsigned>(random() % 8);
            bus.write(0x20'0000 + 0x1000ULL * context, 4, reference.thresholds[context]);
        } else if (choice == 6) {
            REQUIRE(bus.read(0x20'0004 + 0x1000ULL * context, 4) == reference.claim(context));
        } else if (choice == 7) {
            if (number != 0 && source.enabled[context]) {
                source.waits_for_completion = false;
            }
            bus.write(0x20'0004 + 0x1000ULL * context, 4, number);
        }
        reference.gate();
        for (unsigned i = 0; i < kContexts; ++i) {
            REQUIRE(plic.context(i).level() == reference.notifies(i));
        }
    }
}
