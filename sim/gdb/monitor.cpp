// SPDX-License-Identifier: Apache-2.0
#include "sim/gdb/monitor.h"

#include <fmt/core.h>

#include <algorithm>

namespace athena::sim::gdb {

namespace {

constexpr std::string_view kHelp =
    "monitor board                the board's blocks, with their fidelities\n"
    "monitor counters [PATH]      their statistics\n"
    "monitor fidelity [[PATH=]X]  shows or sets the fidelity of blocks, as --fidelity does\n"
    "monitor reset                resets the board in place\n";

/// Calls for each block and counter with its path, as in object `machine` of --stats.
class Walk : public base::StatisticsVisitor {
  public:
    void counter(std::string_view name, std::uint64_t value) override {
        on_counter(path_ + std::string(name), value);
    }
    void enter(std::string_view name) override {
        on_block(path_ + std::string(name), name, depth_);
        path_ += std::string(name) + ".";
        ++depth_;
    }
    void leave() override {
        path_.pop_back();
        path_.resize(path_.rfind('.') + 1);
        --depth_;
    }

  protected:
    virtual void on_block(const std::string& path, std::string_view name, unsigned depth) = 0;
    virtual void on_counter(const std::string& path, std::uint64_t value) = 0;

  private:
    std::string path_;  // ends with a dot, or is empty
    unsigned depth_ = 0;
};

class Tree final : public Walk {
  public:
    explicit Tree(const platform::Board& board) : board_(board) {}
    std::string text;

  private:
    void on_block(const std::string& path, std::string_view name, unsigned depth) override {
        const auto block = std::ranges::find(board_.blocks(), path, &platform::Block::path);
        text += fmt::format(
            "{:{}}{}{}\n", "", 2 * depth, name,
            block == board_.blocks().end() ? "" : fmt::format(" ({})", to_string(block->chosen)));
    }
    void on_counter(const std::string& /*path*/, std::uint64_t /*value*/) override {}

    const platform::Board& board_;
};

class Counters final : public Walk {
  public:
    explicit Counters(std::string_view path) : wanted_(path) {}
    std::string text;

  private:
    void on_block(const std::string& /*path*/, std::string_view /*name*/,
                  unsigned /*depth*/) override {}
    void on_counter(const std::string& path, std::uint64_t value) override {
        if (wanted_.empty() || path == wanted_ || path.starts_with(wanted_ + ".")) {
            text += fmt::format("{} {}\n", path, value);
        }
    }

    std::string wanted_;
};

std::string show_fidelities(const platform::Board& board) {
    std::string text;
    for (const platform::Block& block : board.blocks()) {
        text += fmt::format("{} {}\n", block.path, to_string(block.chosen));
    }
    return text;
}

std::string set_fidelity(platform::Board& board, const std::string& setting) {
    try {
        board.set_fidelity(setting);
    } catch (const platform::FidelityError& error) {
        return std::string(error.what()) + "\n";
    }
    return "set; a tile changes as soon as it is drained\n";
}

}  // namespace

std::optional<std::string> run_monitor(platform::Board& board, const std::string& frozen,
                                       std::span<const std::string_view> words) {
    const std::string_view command = words[0];
    const auto is = [&](std::string_view name, std::size_t least, std::size_t most) {
        return command == name && words.size() > least && words.size() <= most + 1;
    };
    if (is("help", 0, 0)) {
        return std::string(kHelp);
    }
    if (is("board", 0, 0)) {
        Tree tree(board);
        board.report(tree);
        return tree.text;
    }
    if (is("counters", 0, 1)) {
        Counters counters(words.size() == 2 ? words[1] : "");
        board.report(counters);
        return counters.text.empty() ? "no such block; `monitor board` lists them\n"
                                     : counters.text;
    }
    if (is("fidelity", 0, 0)) {
        return show_fidelities(board);
    }
    if (!frozen.empty() && (is("fidelity", 1, 1) || is("reset", 0, 0))) {
        return frozen + "\n";
    }
    if (is("fidelity", 1, 1)) {
        return set_fidelity(board, std::string(words[1]));
    }
    if (is("reset", 0, 0)) {
        board.debug().reset();
        return "the board has been reset\n";
    }
    return std::nullopt;
}

}  // namespace athena::sim::gdb
