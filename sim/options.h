// SPDX-License-Identifier: Apache-2.0
// What the command line says, checked as far as it can be without reading any file (DESIGN
// section 8).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/log.h"
#include "base/units.h"
#include "sim/cosim.h"
#include "sim/regress/regress.h"
#include "sim/trace/trace_summary.h"

namespace athena::sim {

/// Files of --load: firmware looks for so many (BOARD_MOST_BLOBS of firmware/lib/board.h).
inline constexpr std::size_t kMostLoads = 16;

struct Load {
    std::string file;
    std::optional<std::uint64_t> address;  ///< otherwise placed near the top of RAM
};

/// Of a block device.
struct Drive {
    std::string file;
    bool read_only = false;
};

/// Where the network device's cable leads.
enum class Net { None, User, Loop };

/// Connections to a port of the host's loopback address that go to one of the guest.
struct Forward {
    std::uint16_t host_port = 0;
    std::uint16_t guest_port = 0;
};

struct Save {
    std::string file;
    std::uint64_t address = 0;
    std::uint64_t length = 0;
};

struct Console {
    std::optional<std::string> file;  ///< output goes there and there is no input; else stdio
};

/// Of --gdb.
struct Debugger {
    std::uint16_t port = 0;  ///< 0: one that is free
    bool waits = true;       ///< the run begins with a client
};

struct Pace {
    enum class Kind { Auto, Off, Factor };
    Kind kind = Kind::Auto;
    double factor = 1.0;  ///< board seconds a wall second at most
};

/// A file that lists what harts do.
struct CpuTraceOptions {
    std::string file;
    std::uint64_t first_hart = 0;
    std::optional<std::uint64_t> last_hart;  ///< inclusive; else all
    base::Picoseconds from{};
    base::Picoseconds until = base::kNever;  ///< exclusive
};

/// What the board is to tell of its work.
struct LogOptions {
    base::LogLevels levels{};         ///< all off: nothing
    std::optional<std::string> file;  ///< else standard error
};

struct BoardOptions {
    std::string board;  ///< path or name of a shipped one
    std::optional<std::string> memory;
    std::optional<std::string> harts;
    std::vector<std::string> set;
    std::vector<std::string> fidelity;
};

struct RunOptions {
    BoardOptions board;
    std::optional<std::string> firmware;
    std::optional<std::string> bios;
    std::optional<std::string> kernel;
    std::optional<std::string> initrd;
    std::string append;
    std::uint64_t seed = 0;
    std::vector<Load> loads;
    std::vector<Drive> drives;
    Net net = Net::None;
    std::vector<Forward> forwards;
    std::vector<Drive> flashes;  ///< of the banks, in their order
    std::vector<Save> saves;
    std::optional<base::Picoseconds> quantum;
    std::optional<base::Picoseconds> max_time;
    std::optional<std::uint64_t> max_instructions;
    Console console;
    bool virtio_console = false;  ///< takes the input instead of the uart
    std::optional<std::string> record;
    std::optional<std::string> replay;
    Pace pace;
    std::vector<std::string> symbols;  ///< files
    std::optional<CpuTraceOptions> cpu_trace;
    std::optional<std::string> trace;  ///< file of a timeline
    bool trace_functions = false;      ///< in it
    LogOptions log;
    std::optional<Debugger> gdb;
    bool strict = false;
    unsigned threads = 1;
    std::optional<std::string> signature;
    std::optional<std::string> stats;
    std::vector<std::string> report_files;  ///< their endings say in which form
    std::filesystem::path reports;  ///< folder for what is written where a tile in lockstep differs
};

struct DescribeOptions {
    BoardOptions board;
};

struct DtsOptions {
    BoardOptions board;
    std::string append;
    std::uint64_t seed = 0;
};

struct BoardsOptions {};

using Command = std::variant<RunOptions, DescribeOptions, DtsOptions, BoardsOptions, CosimOptions,
                             regress::Options, trace::SummaryOptions>;

struct Options {
    Command command;
    std::vector<std::string> command_line;
};

/// What is left to do after parsing: a command, or text that has been asked for (--help,
/// --version). Throws UsageError.
[[nodiscard]] std::variant<Options, std::string> parse_command_line(int argc,
                                                                    const char* const* argv);

}  // namespace athena::sim
