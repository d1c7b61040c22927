// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/bins.h"

#include <algorithm>
#include <optional>
#include <ostream>
#include <span>
#include <string_view>

#include "tile/cycles.h"

namespace athena::cosim {

namespace {

namespace layout = regs::descriptor;
using D = Dimension;

constexpr std::uint64_t kPass = 1024;

struct Info {
    std::string_view name;
    std::vector<std::string_view> values;
};

// In the order of Dimension.
const std::array<Info, kDimensions>& infos() {
    using Names = std::vector<std::string_view>;
    static const Names kFormats{"BF16",    "E4M3",    "E5M2",  "MX-E4M3", "MX-E5M2",
                                "MX-E3M2", "MX-E2M3", "MXFP4", "MXINT8"};
    static const Names kFlag{"0", "1"};
    static const Names kOuter{"0", "1", "less", "block-1", "block", "block+1", "more"};
    static const Names kDepth{"0", "1", "less", "panel-1", "panel", "panel+1", "more", "passes"};
    static const Names kBase{"line", "half"};
    static const Names kLd{"row", "padded"};
    static const Names kOdd{"even", "odd"};
    static const Names kScaleLd{"1", "more"};
    static const Names kFill{"ordinary", "wide", "subnormal", "cancelling", "special", "any"};
    static const Names kStall{"0%", "10%", "50%", "90%"};
    static const std::array<Info, kDimensions> kInfos{{
        {"A", kFormats},
        {"B", kFormats},
        {"C", {"FP32", "BF16", "E4M3", "E5M2"}},
        {"TA", kFlag},
        {"TB", kFlag},
        {"accumulate", kFlag},
        {"saturate", kFlag},
        {"M", kOuter},
        {"N", kOuter},
        {"K", kDepth},
        {"A-base", kBase},
        {"B-base", kBase},
        {"C-base", kBase},
        {"A-scale-base", kBase},
        {"B-scale-base", kBase},
        {"A-ld", kLd},
        {"B-ld", kLd},
        {"C-ld", kLd},
        {"A-ld-parity", kOdd},
        {"B-ld-parity", kOdd},
        {"C-ld-parity", kOdd},
        {"A-scale-ld", kScaleLd},
        {"B-scale-ld", kScaleLd},
        {"A-fill", kFill},
        {"B-fill", kFill},
        {"queue", {"idle", "empty", "1..3", "4..6", "last", "full"}},
        {"stall-AW", kStall},
        {"stall-W", kStall},
        {"stall-B", kStall},
        {"stall-AR", kStall},
        {"stall-R", kStall},
        {"stall-completion", kStall},
        {"order", {"one-by-one", "side-by-side"}},
        {"status",
         {"Ok", "BadOpcode", "Reserved", "UnsupportedFormat", "BadFlags", "BadAlignment",
          "BadRange", "Overlap", "Aborted"}},
    }};
    return kInfos;
}

std::size_t values(std::size_t dimension) {
    return infos()[dimension].values.size();
}

std::size_t index(D dimension) {
    return static_cast<std::size_t>(dimension);
}

constexpr std::uint8_t flag(bool value) {
    return value ? 1 : 0;
}

std::uint8_t stall_class(unsigned percent) {
    return percent == 0 ? 0 : percent <= 10 ? 1 : percent <= 50 ? 2 : 3;
}

// One value of a dimension.
struct Place {
    D dimension;
    std::size_t value;
};

// Whether the pair is this one, in either order; a value below 0 means any.
struct Pair {
    Place a;
    Place b;

    [[nodiscard]] bool is(D x, auto&& x_fits, D y, auto&& y_fits) const {
        return (a.dimension == x && b.dimension == y && x_fits(a.value) && y_fits(b.value)) ||
               (b.dimension == x && a.dimension == y && x_fits(b.value) && y_fits(a.value));
    }
    [[nodiscard]] bool has(D x) const { return a.dimension == x || b.dimension == x; }
};

constexpr auto any = [](std::size_t) { return true; };
constexpr auto zero = [](std::size_t value) { return value == 0; };
constexpr auto not_zero = [](std::size_t value) { return value != 0; };
constexpr auto one = [](std::size_t value) { return value == 1; };
constexpr auto mx = [](std::size_t format) { return format >= 3; };
constexpr auto not_mx = [](std::size_t format) { return format < 3; };

std::string_view why_illegal(const Pair& pair) {
    if (pair.is(D::Accumulate, one, D::CFormat, not_zero)) {
        return "only an FP32 C accumulates";
    }
    if (pair.is(D::Accumulate, one, D::Saturate, one) ||
        pair.is(D::Saturate, one, D::CFormat, [](std::size_t c) { return c < 2; })) {
        return "only an FP8 C saturates";
    }
    if (pair.is(D::AFormat, mx, D::TransposeA, one)) {
        return "an MX A is not transposed";
    }
    if (pair.is(D::BFormat, mx, D::TransposeB, zero)) {
        return "an MX B is transposed";
    }
    for (const D scale : {D::AScaleBase, D::AScaleLd}) {
        if (pair.is(scale, any, D::AFormat, not_mx) || pair.is(scale, any, D::TransposeA, one)) {
            return "A without MX has no scales";
        }
    }
    for (const D scale : {D::BScaleBase, D::BScaleLd}) {
        if (pair.is(scale, any, D::BFormat, not_mx) || pair.is(scale, any, D::TransposeB, zero)) {
            return "B without MX has no scales";
        }
    }
    for (const D scale : {D::AScaleLd, D::BScaleLd}) {
        if (pair.is(scale, zero, D::K, [](std::size_t k) { return k == 7; })) {
            return "more than 32 scales are longer than ld 1";
        }
    }
    return "";
}

std::string_view why_empty(const Pair& pair) {
    for (const D a : {D::ALd, D::AOdd, D::AFill, D::AScaleLd}) {
        if (pair.is(a, any, D::M, zero) || pair.is(a, any, D::K, zero)) {
            return "A has no elements";
        }
    }
    for (const D b : {D::BLd, D::BOdd, D::BFill, D::BScaleLd}) {
        if (pair.is(b, any, D::N, zero) || pair.is(b, any, D::K, zero)) {
            return "B has no elements";
        }
    }
    for (const D c : {D::CLd, D::COdd}) {
        if (pair.is(c, any, D::M, zero) || pair.is(c, any, D::N, zero)) {
            return "C has no elements";
        }
    }
    return "";
}

// Of a status and another dimension.
std::string_view why_not_status(const Pair& pair) {
    const auto overlap = [](std::size_t status) { return status == 7; };
    const auto aborted = [](std::size_t status) { return status == 8; };
    const auto refused = [](std::size_t status) { return status != 0 && status != 8; };
    for (const D size : {D::M, D::N, D::K}) {
        if (pair.is(D::Status, overlap, size, zero)) {
            return "matrices without elements meet nothing";
        }
    }
    if (pair.is(D::Status, aborted, D::Queue, zero)) {
        return "a command pushed into the idle tile counts as running";
    }
    if (pair.is(D::Status, refused, D::AFill, any) || pair.is(D::Status, refused, D::BFill, any)) {
        return "operands of refused commands are not read";
    }
    return "";
}

// Why the bin is not to be hit; empty: it is.
std::string_view why_excluded(const Pair& pair) {
    if (pair.has(D::Status)) {
        return why_not_status(pair);
    }
    for (const D stall :
         {D::StallAw, D::StallW, D::StallB, D::StallAr, D::StallR, D::StallCompletion}) {
        if (pair.is(D::Order, zero, stall, not_zero)) {
            return "the board's port does not hesitate";
        }
    }
    const std::string_view illegal = why_illegal(pair);
    return illegal.empty() ? why_empty(pair) : illegal;
}

}  // namespace

Level level_of(std::uint64_t status, bool refused, std::uint64_t depth) {
    const std::uint64_t queued = status >> 8 & 0xFF;
    if (refused || queued >= depth) {
        return Level::Full;
    }
    if (queued == 0) {
        return (status & 1) != 0 ? Level::Empty : Level::Idle;
    }
    return queued + 1 == depth ? Level::Last : queued < depth / 2 ? Level::UpTo3 : Level::UpTo6;
}

Bins::Bins(const tile::TileConfig& config) : config_(config) {
    std::size_t next = 0;
    for (std::size_t a = 0; a < kDimensions; ++a) {
        for (std::size_t b = a + 1; b < kDimensions; ++b) {
            first_[a][b] = next;
            next += values(a) * values(b);
        }
    }
    hits_.resize(next);
}

std::uint64_t& Bins::hits(std::size_t a, std::size_t b, std::size_t x, std::size_t y) {
    return hits_[first_[a][b] + x * values(b) + y];
}

std::uint8_t Bins::outer_class(std::uint64_t value, std::uint64_t block) const {
    if (value <= 1) {
        return static_cast<std::uint8_t>(value);
    }
    if (value + 1 < block) {
        return 2;
    }
    return value <= block + 1 ? static_cast<std::uint8_t>(value + 4 - block) : std::uint8_t{6};
}

std::uint8_t Bins::depth_class(std::uint64_t k) const {
    const std::uint64_t panel = tile::Array{config_.rows, config_.columns}.panel();
    return k > kPass ? std::uint8_t{7} : outer_class(k, panel);
}

Bins::Values Bins::values_of(const Line& line, const Planned& planned,
                             const Circumstances& circumstances) const {
    const layout::MatmulConstView view(line);
    const Shape shape(line);
    Values values;
    values.fill(kNone);
    const auto set = [&](D dimension, std::uint8_t value, bool has = true) {
        values[index(dimension)] = has ? value : kNone;
    };
    const auto format = [&](D dimension, layout::OperandFormat value) {
        set(dimension, static_cast<std::uint8_t>(value),
            static_cast<unsigned>(value) < kOperandFormats);
    };
    const auto matrix = [&](const Part& part, D base, D ld, D odd) {
        set(base, flag(part.address / kAlignment % 2 != 0));
        set(ld, flag(part.ld > part.least_ld()), !part.empty());
        set(odd, flag(part.ld % 2 != 0), !part.empty());
    };
    const auto scales = [&](const Part& part, bool has, D base, D ld) {
        set(base, flag(part.address / kAlignment % 2 != 0), has);
        const bool one_line = part.ld == 1 && part.least_ld() <= 1;
        set(ld, flag(!one_line), has && !part.empty() && (one_line || part.ld > 1));
    };
    format(D::AFormat, view.a_format());
    format(D::BFormat, view.b_format());
    set(D::CFormat, static_cast<std::uint8_t>(view.c_format()));
    set(D::TransposeA, flag(view.transpose_a() != 0));
    set(D::TransposeB, flag(view.transpose_b() != 0));
    set(D::Accumulate, flag(view.accumulate() != 0));
    set(D::Saturate, flag(view.saturate() != 0));
    set(D::M, outer_class(shape.m, std::uint64_t{2} * config_.rows));
    set(D::N, outer_class(shape.n, std::uint64_t{2} * config_.columns));
    set(D::K, depth_class(shape.k));
    matrix(shape.a, D::ABase, D::ALd, D::AOdd);
    matrix(shape.b, D::BBase, D::BLd, D::BOdd);
    matrix(shape.c, D::CBase, D::CLd, D::COdd);
    const bool a_scales = shape.a_is_mx && values[index(D::AFormat)] != kNone;
    const bool b_scales = shape.b_is_mx && values[index(D::BFormat)] != kNone;
    scales(shape.a_scale, a_scales, D::AScaleBase, D::AScaleLd);
    scales(shape.b_scale, b_scales, D::BScaleBase, D::BScaleLd);
    const bool filled = planned.status == tile::Status::Ok;
    set(D::AFill, static_cast<std::uint8_t>(planned.a), filled && !shape.a.empty());
    set(D::BFill, static_cast<std::uint8_t>(planned.b), filled && !shape.b.empty());
    set(D::Queue, static_cast<std::uint8_t>(circumstances.level));
    for (std::size_t channel = 0; channel < circumstances.stalls.percent.size(); ++channel) {
        values[index(D::StallAw) + channel] = stall_class(circumstances.stalls.percent[channel]);
    }
    set(D::Order, flag(!circumstances.in_order));
    set(D::Status, static_cast<std::uint8_t>(circumstances.status));
    return values;
}

void Bins::add(const Line& line, const Planned& planned, const Circumstances& circumstances) {
    const Values values = values_of(line, planned, circumstances);
    const std::size_t status = index(D::Status);
    for (std::size_t a = 0; a < status; ++a) {
        if (values[a] == kNone) {
            continue;
        }
        const auto x = static_cast<std::size_t>(values[a]);
        ++hits(a, status, x, static_cast<std::size_t>(values[status]));
        // Other pairs count for commands that did their work.
        for (std::size_t b = a + 1; b < status && values[status] == 0; ++b) {
            if (values[b] != kNone) {
                ++hits(a, b, x, static_cast<std::size_t>(values[b]));
            }
        }
    }
}

void Bins::each(auto&& visit) const {
    for (std::size_t a = 0; a < kDimensions; ++a) {
        for (std::size_t b = a + 1; b < kDimensions; ++b) {
            for (std::size_t x = 0; x < values(a); ++x) {
                for (std::size_t y = 0; y < values(b); ++y) {
                    const Pair pair{{static_cast<D>(a), x}, {static_cast<D>(b), y}};
                    visit(pair, hits_[first_[a][b] + x * values(b) + y], why_excluded(pair));
                }
            }
        }
    }
}

Bins::Count Bins::count() const {
    Count count;
    each([&](const Pair&, std::uint64_t hits, std::string_view reason) {
        count.excluded += reason.empty() ? 0 : 1;
        count.wrong += !reason.empty() && hits != 0 ? 1 : 0;
        count.reachable += reason.empty() ? 1 : 0;
        count.hit += reason.empty() && hits != 0 ? 1 : 0;
    });
    return count;
}

void Bins::write(std::ostream& out) const {
    const auto name = [](const Place& place) {
        const Info& info = infos()[index(place.dimension)];
        return std::string(info.name) + "=" + std::string(info.values[place.value]);
    };
    for (const bool missed : {true, false}) {
        each([&](const Pair& pair, std::uint64_t hits, std::string_view reason) {
            if ((reason.empty() && hits == 0) != missed) {
                return;
            }
            out << name(pair.a) << " " << name(pair.b) << " " << hits;
            if (!reason.empty()) {
                out << " excluded: " << reason;
            }
            out << "\n";
        });
    }
}

}  // namespace athena::cosim
