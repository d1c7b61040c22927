// SPDX-License-Identifier: Apache-2.0
#include "platform/board_devices.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "platform/board_file.h"
#include "platform/memory_map.h"

namespace athena::platform {

namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::size_t kMostCharacters = 32;

/// Names of the board's own parts, and what they begin with.
constexpr std::array<std::string_view, 16> kTaken = {
    "bus",  "clint", "cluster", "debugger", "events", "flash", "hart", "hbm",
    "htif", "perf",  "plic",    "ram",      "rom",    "rtc",   "uart", "virtio"};

bool is_name(const std::string& text) {
    const auto is_good = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    };
    return !text.empty() && text.size() <= kMostCharacters && text[0] >= 'a' && text[0] <= 'z' &&
           std::ranges::all_of(text, is_good);
}

bool is_text(const std::string& text) {
    const auto is_good = [](char c) { return c > ' ' && c <= '~'; };
    return !text.empty() && text.size() <= kMostCharacters && std::ranges::all_of(text, is_good);
}

class Reader {
  public:
    Reader(const toml::table& table, std::string file) : table_(table), file_(std::move(file)) {}

    BoardConfig::Device read() const {
        check_keys();
        BoardConfig::Device device;
        device.where = place(table_);
        device.name = text("name");
        if (!is_name(device.name)) {
            fail("name", "a name of up to 32 of a-z, 0-9 and _, a letter first");
        }
        const bool is_taken = std::ranges::any_of(
            kTaken, [&](std::string_view own) { return device.name.starts_with(own); });
        if (is_taken || device.name == "syscon") {
            fail("name", "a name that does not begin as a part of the board does");
        }
        device.kind = text("kind");
        device.compatible = text("compatible");
        if (!is_text(device.kind)) {
            fail("kind", "text of up to 32 characters without spaces");
        }
        if (!is_text(device.compatible)) {
            fail("compatible", "text of up to 32 characters without spaces");
        }
        device.base = number("base");
        device.size = number("size");
        const std::string range = "a multiple of 4096 within 0x30000000 to 0x7fffffff";
        if (device.base % kPage != 0 || device.base < kDevicesBase || device.base >= kDevicesEnd) {
            fail("base", range);
        }
        if (device.size % kPage != 0 || device.size == 0 ||
            device.size > kDevicesEnd - device.base) {
            fail("size", range);
        }
        if (table_.contains("interrupt")) {
            const std::uint64_t source = number("interrupt");
            if (source < kFirstDeviceIrq || source > kLastDeviceIrq) {
                fail("interrupt", "a source of the PLIC from 12 to 31");
            }
            device.interrupt = static_cast<unsigned>(source);
        }
        return device;
    }

  private:
    [[nodiscard]] std::string place(const toml::node& node) const {
        return file_ + ":" + std::to_string(node.source().begin.line);
    }
    [[noreturn]] void fail(const char* key, const std::string& expected) const {
        const toml::node* node = table_.get(key);
        throw BoardFileError(place(node != nullptr ? *node : table_) + ": " +
                             (node != nullptr ? "'device." : "missing 'device.") + key +
                             "', expected " + expected);
    }
    void check_keys() const {
        for (const auto& [key, node] : table_) {
            constexpr std::array<std::string_view, 6> kKeys = {"name", "kind", "compatible",
                                                               "base", "size", "interrupt"};
            if (std::ranges::find(kKeys, key.str()) == kKeys.end()) {
                throw BoardFileError(
                    place(node) + ": unknown key 'device." + std::string(key.str()) +
                    "', expected one of: name, kind, compatible, base, size, interrupt");
            }
        }
    }
    [[nodiscard]] std::string text(const char* key) const {
        const toml::node* node = table_.get(key);
        if (node == nullptr || !node->is_string()) {
            fail(key, "text");
        }
        return node->as_string()->get();
    }
    [[nodiscard]] std::uint64_t number(const char* key) const {
        const toml::node* node = table_.get(key);
        if (node == nullptr || !node->is_integer() || node->as_integer()->get() < 0) {
            fail(key, "a whole number");
        }
        return static_cast<std::uint64_t>(node->as_integer()->get());
    }

    const toml::table& table_;
    std::string file_;
};

}  // namespace

std::vector<BoardConfig::Device> read_devices(const toml::node& node, const std::string& file) {
    const toml::array* array = node.as_array();
    if (array == nullptr || !array->is_homogeneous(toml::node_type::table)) {
        throw BoardFileError(file + ":" + std::to_string(node.source().begin.line) +
                             ": 'device', expected tables [[device]]");
    }
    std::vector<BoardConfig::Device> devices;
    for (const toml::node& table : *array) {
        BoardConfig::Device device = Reader(*table.as_table(), file).read();
        for (const BoardConfig::Device& other : devices) {
            if (device.name == other.name) {
                throw BoardFileError(device.where + ": a second device '" + device.name +
                                     "', expected names of their own");
            }
            if (device.interrupt != 0 && device.interrupt == other.interrupt) {
                throw BoardFileError(device.where + ": interrupt " +
                                     std::to_string(device.interrupt) + " is that of '" +
                                     other.name + "', expected one of its own");
            }
        }
        devices.push_back(std::move(device));
    }
    return devices;
}

}  // namespace athena::platform
