// SPDX-License-Identifier: Apache-2.0
#include "base/code_pages.h"

#include <catch2/catch.hpp>
#include <utility>
#include <vector>

using namespace athena::base;

namespace {
struct Listener : CodePageListener {
    void on_code_written(std::uint64_t page, std::uint64_t lines) override {
        written.emplace_back(page, lines);
    }
    void on_code_marked(std::uint64_t page) override { marked.push_back(page); }
    std::vector<std::pair<std::uint64_t, std::uint64_t>> written;
    std::vector<std::uint64_t> marked;
};
using Written = std::vector<std::pair<std::uint64_t, std::uint64_t>>;
}  // namespace

TEST_CASE("code pages: a write reports the marked lines that it touches, once") {
    CodePages pages;
    Listener listener;
    pages.add_listener(listener);
    pages.mark({0x2000}, 1);
    pages.mark({0x3FFF}, 1);
    pages.mark({0x903E}, 4);  // lines 0 and 1
    pages.mark({0x9FC0}, 0x40);
    pages.written({0x1FFF}, 1);
    pages.written({0x2040}, 0xFC0);
    CHECK(listener.written.empty());
    pages.written({0x1FFF}, 2);
    CHECK(listener.written == Written{{2, 1}});
    pages.written({0x2000}, 0x1000);
    CHECK(listener.written.size() == 1);
    CHECK_FALSE(pages.has(2));
    CHECK(pages.has(3));
    pages.written({0x9040}, 1);
    CHECK(listener.written.back() == std::pair<std::uint64_t, std::uint64_t>{9, 2});
    CHECK(pages.has(9));  // its other lines
    pages.written({0}, 0x1'0000'0000);
    CHECK(listener.written == Written{{2, 1}, {9, 2}, {3, 1ULL << 63}, {9, 1ULL << 63 | 1}});
    CHECK_FALSE(pages.has(9));
}

TEST_CASE("code pages: a page is told once, until all of its lines have been written") {
    CodePages pages;
    Listener listener;
    pages.add_listener(listener);
    pages.mark({0x5000}, 8);
    pages.mark({0x5100}, 8);
    CHECK(listener.marked == std::vector<std::uint64_t>{5});
    pages.written({0x5000}, 8);
    pages.mark({0x5000}, 8);
    CHECK(listener.marked.size() == 1);
    pages.written({0x5000}, 0x200);
    pages.mark({0x5000}, 8);
    CHECK(listener.marked.size() == 2);
}
