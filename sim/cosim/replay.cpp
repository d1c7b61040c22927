// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/replay.h"

#include <algorithm>
#include <array>
#include <fstream>

namespace athena::cosim {

namespace {

constexpr const char* kFirstLine = "athena-cosim-replay 1";
constexpr std::array<const char*, 3> kMistakes{"none", "operand", "elsewhere"};

// Reads "key value"; false if the next key is another.
template <typename T>
bool take(std::istream& in, const char* key, T& value) {
    std::string found;
    return in >> found >> value && found == key;
}

bool take_round(std::istream& in, Replay& replay) {
    std::string kind;
    std::string mistake;
    const bool complete = take(in, "kind", kind) && take(in, "seed", replay.round.seed) &&
                          take(in, "commands", replay.round.commands) &&
                          take(in, "stall", replay.round.stall) && take(in, "mistake", mistake);
    const auto* found = std::ranges::find(kMistakes, mistake);
    if (!complete || (kind != "lockstep" && kind != "stall") || replay.round.stall > 99 ||
        found == kMistakes.end()) {
        return false;
    }
    replay.lockstep = kind == "lockstep";
    replay.round.mistake = static_cast<Mistake>(found - kMistakes.begin());
    return true;
}

}  // namespace

bool write_replay(const std::string& file, const Replay& replay) {
    std::ofstream out(file);
    out << kFirstLine << "\nkind " << (replay.lockstep ? "lockstep" : "stall") << "\nseed "
        << replay.round.seed << "\ncommands " << replay.round.commands << "\nstall "
        << replay.round.stall << "\nmistake "
        << kMistakes[static_cast<std::size_t>(replay.round.mistake)] << "\n"
        << std::flush;
    return out.good();
}

std::optional<Replay> read_replay(const std::string& file, std::string& error) {
    std::ifstream in(file);
    if (!in) {
        error = file + ": cannot be read";
        return std::nullopt;
    }
    std::string first;
    std::getline(in, first);
    Replay replay;
    if (first != kFirstLine || !take_round(in, replay)) {
        error = file + ": not a replay file of this version of athena cosim";
        return std::nullopt;
    }
    return replay;
}

}  // namespace athena::cosim
