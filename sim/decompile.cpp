// SPDX-License-Identifier: Apache-2.0
#include "sim/decompile.h"

#include <fmt/core.h>
#include <fmt/ostream.h>
#include <libfdt.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <stdexcept>
#include <string_view>

namespace athena::sim {

namespace {

/// One or more non-empty printable strings, each ended by a zero.
bool is_text(std::string_view bytes) {
    if (bytes.empty() || bytes.back() != '\0' || bytes.front() == '\0') {
        return false;
    }
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const bool end = bytes[i] == '\0';
        if (end ? i != 0 && bytes[i - 1] == '\0'
                : std::isprint(static_cast<unsigned char>(bytes[i])) == 0) {
            return false;
        }
    }
    return true;
}

void print_text(std::string_view bytes, std::ostream& out) {
    bool first = true;
    while (!bytes.empty()) {
        const std::string_view one = bytes.substr(0, bytes.find('\0'));
        fmt::print(out, "{}\"", first ? "" : ", ");
        for (const char character : one) {
            fmt::print(out, "{}{}", character == '"' || character == '\\' ? "\\" : "", character);
        }
        fmt::print(out, "\"");
        first = false;
        bytes.remove_prefix(one.size() + 1);
    }
}

void print_numbers(std::string_view bytes, std::ostream& out) {
    const bool cells = bytes.size() % 4 == 0;
    const std::size_t step = cells ? 4 : 1;
    fmt::print(out, "{}", cells ? "<" : "[");
    for (std::size_t i = 0; i < bytes.size(); i += step) {
        unsigned value = 0;
        for (std::size_t j = 0; j < step; ++j) {
            value = value << 8 | static_cast<unsigned char>(bytes[i + j]);
        }
        if (cells) {
            fmt::print(out, "{}0x{:x}", i == 0 ? "" : " ", value);
        } else {
            fmt::print(out, "{}{:02x}", i == 0 ? "" : " ", value);
        }
    }
    fmt::print(out, "{}", cells ? ">" : "]");
}

/// Names and properties lie within the structure block (Devicetree Specification 0.4, 5.4).
/// fdt_check_full() of libfdt 1.6 takes lengths from 2^31 on for good, and reads address 0.
bool has_sound_tokens(std::span<const std::byte> blob) {
    constexpr std::uint32_t kVersion = 17;  // the first that says the block's size
    if (blob.size() < sizeof(fdt_header) || fdt_check_header(blob.data()) != 0 ||
        fdt_totalsize(blob.data()) > blob.size() || fdt_version(blob.data()) < kVersion) {
        return false;
    }
    auto rest = blob.subspan(fdt_off_dt_struct(blob.data()), fdt_size_dt_struct(blob.data()));
    const auto skip = [&](std::size_t bytes) {
        bytes = (bytes + FDT_TAGSIZE - 1) / FDT_TAGSIZE * FDT_TAGSIZE;
        const bool is_there = bytes <= rest.size();
        rest = rest.subspan(is_there ? bytes : rest.size());
        return is_there;
    };
    while (rest.size() >= FDT_TAGSIZE) {
        const std::uint32_t token = fdt32_ld(reinterpret_cast<const fdt32_t*>(rest.data()));
        rest = rest.subspan(FDT_TAGSIZE);
        bool is_sound = token == FDT_END_NODE || token == FDT_NOP;
        if (token == FDT_END) {
            return true;
        }
        if (token == FDT_BEGIN_NODE) {
            const auto end = std::ranges::find(rest, std::byte{0});
            is_sound = end != rest.end() && skip(static_cast<std::size_t>(end - rest.begin()) + 1);
        } else if (token == FDT_PROP && rest.size() >= 2 * FDT_TAGSIZE) {
            const std::uint32_t length = fdt32_ld(reinterpret_cast<const fdt32_t*>(rest.data()));
            is_sound = skip(2 * FDT_TAGSIZE + std::size_t{length});
        }
        if (!is_sound) {
            return false;
        }
    }
    return false;
}

class Printer {
  public:
    Printer(const void* tree, std::ostream& out) : tree_(tree), out_(out) {}

    void node(int offset, int depth) {
        const char* name = checked(fdt_get_name(tree_, offset, nullptr));
        fmt::print(out_, "{:{}}{} {{\n", "", 4 * depth, *name == '\0' ? "/" : name);
        int property = 0;
        fdt_for_each_property_offset(property, tree_, offset) {
            print_property(property, depth + 1);
        }
        int child = 0;
        fdt_for_each_subnode(child, tree_, offset) {
            node(child, depth + 1);
        }
        fmt::print(out_, "{:{}}}};\n", "", 4 * depth);
    }

  private:
    static const char* checked(const char* text) {
        if (text == nullptr) {
            throw std::runtime_error("the device tree is damaged");
        }
        return text;
    }

    void print_property(int property, int depth) {
        const char* name = nullptr;
        int length = 0;
        const auto* data =
            static_cast<const char*>(fdt_getprop_by_offset(tree_, property, &name, &length));
        fmt::print(out_, "{:{}}{}", "", 4 * depth, checked(name));
        const std::string_view bytes(checked(data), static_cast<std::size_t>(length));
        if (!bytes.empty()) {
            fmt::print(out_, " = ");
            is_text(bytes) ? print_text(bytes, out_) : print_numbers(bytes, out_);
        }
        fmt::print(out_, ";\n");
    }

    const void* tree_;
    std::ostream& out_;
};

}  // namespace

void decompile(std::span<const std::byte> blob, std::ostream& out) {
    if (!has_sound_tokens(blob) || fdt_check_full(blob.data(), blob.size()) != 0) {
        throw std::runtime_error("the device tree is damaged");
    }
    fmt::print(out, "/dts-v1/;\n\n");
    Printer(blob.data(), out).node(0, 0);
}

}  // namespace athena::sim
