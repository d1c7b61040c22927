// SPDX-License-Identifier: Apache-2.0
// Where RTL and model do not agree: a line of text, and what a report can be made of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace athena::tile {

/// True if there is one. The details are those that are known.
struct Difference {
    /// Two values of the same bytes; an element of C, or one byte.
    struct Values {
        std::uint64_t address = 0;  ///< in L1
        unsigned bytes = 1;
        std::uint64_t rtl = 0;
        std::uint64_t model = 0;
    };
    struct Element {
        std::uint64_t row = 0;
        std::uint64_t column = 0;
    };

    std::string text;                  ///< one line, empty without a difference
    std::optional<std::uint32_t> tag;  ///< of the command
    std::optional<Element> element;    ///< of C, the first wrong one
    std::optional<Values> values;
    std::optional<std::uint64_t> cycle;  ///< since reset, in which it was seen
    /// If it is of no command itself: of the oldest one that had not completed then, else of the
    /// last one that had.
    std::optional<std::uint32_t> nearest;
    /// The RTL's first one that had failed by then: file, line, instance and name; empty: none.
    std::string assertion;

    Difference() = default;
    // What is only a line of text is a difference too.
    Difference(std::nullopt_t) {}                            // NOLINT(google-explicit-constructor)
    Difference(std::string line) : text(std::move(line)) {}  // NOLINT(google-explicit-constructor)
    Difference(const char* line) : text(line) {}             // NOLINT(google-explicit-constructor)
    Difference(const std::optional<std::string>& line) : text(line.value_or("")) {}  // NOLINT

    [[nodiscard]] explicit operator bool() const { return !text.empty(); }
    [[nodiscard]] const std::string& operator*() const { return text; }
    [[nodiscard]] bool operator==(std::nullopt_t) const { return text.empty(); }
};

}  // namespace athena::tile
