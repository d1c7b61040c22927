// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/difference_files.h"

#include <fstream>
#include <utility>

#include "sim/cosim/report.h"
#include "tile/wave_file.h"

namespace athena::cosim {

namespace {

bool write_text(const std::string& file, const std::string& text) {
    std::ofstream out(file);
    out << text << std::flush;
    return out.good();
}

std::string write_files(const Replay& replay, const tile::Difference& difference,
                        const std::string& name, PageFiles files, bool has_wave) {
    if (has_wave && tile::write_save_file(name + ".fst", name + ".gtkw")) {
        files.wave = name;
    }
    const std::string page = name + ".txt";
    return write_text(page, make_page(replay, difference, files)) ? page : "";
}

}  // namespace

std::string write_page(const Replay& replay, const std::string& file, const RoundResult& result,
                       const std::string& name, std::uint64_t wave_cycles,
                       const std::string& seen) {
    const tile::Difference& difference = result.difference;
    (void)run_with_wave(replay, name + ".fst", difference.cycle.value_or(result.cycles),
                        wave_cycles);
    return write_files(replay, difference, name,
                       {.again = "athena cosim --replay " + file, .seen = seen}, true);
}

std::string write_whole_run_page(const Replay& kept, const tile::Difference& difference,
                                 const std::string& name, const std::string& again, bool has_wave,
                                 const std::string& seen) {
    return write_files(kept, difference, name, {.again = again, .is_whole_run = true, .seen = seen},
                       has_wave);
}

std::optional<DifferenceFiles> write_difference(Replay replay, const std::string& name,
                                                std::uint64_t wave_cycles,
                                                const std::string& seen) {
    replay = shrink(std::move(replay), kShrinkTime);
    const RoundResult shortest = run_replay(replay);
    if (!shortest.difference) {
        return std::nullopt;
    }
    DifferenceFiles files;
    if (write_replay(name + ".replay", replay)) {
        files.replay = name + ".replay";
        files.page = write_page(replay, files.replay, shortest, name, wave_cycles, seen);
    }
    return files;
}

}  // namespace athena::cosim
