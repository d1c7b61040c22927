// SPDX-License-Identifier: Apache-2.0
#include "sim/shipped_files.h"

#include <algorithm>

#include "sim/usage_error.h"

namespace athena::sim {

namespace {

namespace fs = std::filesystem;

constexpr const char* kOpensbi = "/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin";

/// A shipped folder ("boards"), if there is one.
std::optional<fs::path> shipped_folder(const std::string& name) {
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    const fs::path folder = program.parent_path();
    for (const fs::path& candidate : {folder / name, folder.parent_path() / name,
                                      folder.parent_path() / "share" / "athena" / name}) {
        if (fs::is_directory(candidate, error)) {
            return candidate;
        }
    }
    return std::nullopt;
}

bool is_name(const std::string& text) {
    return text.find('/') == std::string::npos;
}

/// Names of the files with this extension, "a, b".
std::string names_in(const std::optional<fs::path>& folder, const std::string& extension) {
    std::vector<std::string> names;
    std::error_code error;
    if (folder) {
        for (const auto& entry : fs::directory_iterator(*folder, error)) {
            const fs::path stem = entry.path().stem();
            if (entry.path().extension() == extension && !stem.has_extension()) {
                names.push_back(stem);
            }
        }
    }
    std::ranges::sort(names);
    std::string text;
    for (const std::string& name : names) {
        text += (text.empty() ? "" : ", ") + name;
    }
    return text.empty() ? "none" : text;
}

}  // namespace

std::filesystem::path find_board(const std::string& board) {
    std::error_code error;
    const auto folder = shipped_folder("boards");
    if (is_name(board) && folder && fs::is_regular_file(*folder / (board + ".toml"), error)) {
        return *folder / (board + ".toml");
    }
    if (fs::is_regular_file(board, error)) {
        return board;
    }
    throw UsageError("no board '" + board + "': neither a file nor a shipped one (" +
                     names_in(folder, ".toml") + ")");
}

std::vector<std::filesystem::path> shipped_boards() {
    std::vector<fs::path> boards;
    std::error_code error;
    if (const auto folder = shipped_folder("boards")) {
        for (const auto& entry : fs::directory_iterator(*folder, error)) {
            if (entry.path().extension() == ".toml") {
                boards.push_back(entry.path());
            }
        }
    }
    std::ranges::sort(boards);
    return boards;
}

Program find_program(const std::string& firmware) {
    std::error_code error;
    const auto folder = shipped_folder("firmware");
    if (is_name(firmware) && folder && fs::is_regular_file(*folder / (firmware + ".elf"), error)) {
        Program program{*folder / (firmware + ".elf"), std::nullopt};
        const fs::path blob = *folder / (firmware + ".blob");
        if (fs::is_regular_file(blob, error)) {
            program.blob = blob;
        }
        return program;
    }
    if (fs::is_regular_file(firmware, error)) {
        return {firmware, std::nullopt};
    }
    throw UsageError("no firmware '" + firmware + "': neither a file nor a shipped program (" +
                     names_in(folder, ".elf") + ")");
}

std::filesystem::path find_boot_rom() {
    std::error_code error;
    const auto folder = shipped_folder("firmware");
    if (folder && fs::is_regular_file(*folder / "rom.bin", error)) {
        return *folder / "rom.bin";
    }
    throw UsageError(
        "the boot ROM firmware/rom.bin is missing beside the program: build it with "
        "./scripts/build");
}

std::filesystem::path find_opensbi() {
    std::error_code error;
    if (fs::is_regular_file(kOpensbi, error)) {
        return kOpensbi;
    }
    throw UsageError("--kernel needs OpenSBI, " + std::string(kOpensbi) +
                     " is missing: install Debian's package opensbi, or give --bios");
}

}  // namespace athena::sim
