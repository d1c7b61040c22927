// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/report.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <optional>
#include <span>

#include "numerics/formats.h"
#include "regs/descriptor_regs.h"
#include "tile/matmul.h"
#include "tile/tile_ports.h"

namespace athena::cosim {

namespace {

namespace layout = regs::descriptor;

constexpr std::size_t kTerms = 12;  // lines of a sum

struct Pushed {
    std::size_t access = 0;  // of the replay
    std::array<std::byte, 64> line{};
    tile::DecodedMatmul decoded;
};

std::vector<Pushed> commands_of(const Replay& replay) {
    std::vector<Pushed> commands;
    for (std::size_t i = 0; i < replay.accesses.size(); ++i) {
        const tile::RecordedAccess& access = replay.accesses[i];
        if (access.write && access.address >= tile::kQueueWindow &&
            access.data.size() == tile::kBeatBytes) {
            Pushed& pushed = commands.emplace_back();
            pushed.access = i;
            std::ranges::copy(access.data, pushed.line.begin());
            pushed.decoded = tile::decode_matmul(pushed.line, replay.l1.size());
        }
    }
    return commands;
}

// The command of the tag, else the last one whose result holds the wrong byte, else the nearest.
const Pushed* find_command(const std::vector<Pushed>& commands,
                           const tile::Difference& difference) {
    const Pushed* found = nullptr;
    const Pushed* nearest = nullptr;
    for (const Pushed& pushed : commands) {
        const tile::Matmul& matmul = pushed.decoded.matmul;
        const std::uint64_t at = difference.values ? difference.values->address : 0;
        if (difference.tag ? matmul.tag == *difference.tag
                           : difference.values && matmul.c.range().meets({at, at + 1})) {
            found = &pushed;
        }
        nearest = difference.nearest == matmul.tag ? &pushed : nearest;
    }
    return found != nullptr ? found : nearest;
}

std::string command_text(Pushed pushed, const tile::Difference& difference) {
    const layout::MatmulView view(pushed.line);
    std::string text = fmt::format(
        "command      tag {} (0x{:08x})\n"
        "  opcode {}  M {}  N {}  K {}\n"
        "  formats    A {}  B {}  C {}  accumulate {}  transpose A {}  B {}  saturate {}\n",
        view.tag(), view.tag(), static_cast<unsigned>(view.opcode()), view.m(), view.n(), view.k(),
        static_cast<unsigned>(view.a_format()), static_cast<unsigned>(view.b_format()),
        static_cast<unsigned>(view.c_format()), static_cast<unsigned>(view.accumulate()),
        static_cast<unsigned>(view.transpose_a()), static_cast<unsigned>(view.transpose_b()),
        static_cast<unsigned>(view.saturate()));
    text += fmt::format("  A          0x{:06x}, rows {} bytes apart\n", view.a_addr(),
                        32 * view.a_ld());
    text += fmt::format("  B          0x{:06x}, rows {} bytes apart\n", view.b_addr(),
                        32 * view.b_ld());
    text += fmt::format("  C          0x{:06x}, rows {} bytes apart\n", view.c_addr(),
                        32 * view.c_ld());
    text += fmt::format("  scales     A 0x{:06x} x {}  B 0x{:06x} x {}\n", view.a_scale_addr(),
                        view.a_scale_ld(), view.b_scale_addr(), view.b_scale_ld());
    text += "  line       ";
    for (const std::byte byte : pushed.line) {
        text += fmt::format("{:02x}", static_cast<unsigned>(byte));
    }
    text += fmt::format("\n  checks     status {}\n", static_cast<unsigned>(pushed.decoded.status));
    return text +
           (difference.tag || difference.values
                ? ""
                : "  nearest    the difference is of no command itself: this one ran, or had "
                  "completed last\n");
}

std::string assertion_text(const tile::Difference& difference) {
    const std::string& assertion = difference.assertion;
    return assertion.empty() || difference.text.find(assertion) != std::string::npos
               ? ""
               : "assertion    " + assertion + "\n";
}

std::uint64_t bits_at(std::span<const std::byte> l1, std::uint64_t address, unsigned bytes) {
    std::uint64_t value = 0;
    std::memcpy(&value, &l1[address], bytes);
    return value;
}

float value_of(std::uint64_t bits, numerics::ResultFormat format) {
    switch (format) {
        case numerics::ResultFormat::Fp32:
            return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
        case numerics::ResultFormat::Bf16:
            return numerics::fp32_from_bf16(static_cast<std::uint16_t>(bits));
        case numerics::ResultFormat::E4m3:
            return numerics::fp32_from_e4m3(static_cast<std::uint8_t>(bits));
        case numerics::ResultFormat::E5m2:
            break;
    }
    return numerics::fp32_from_e5m2(static_cast<std::uint8_t>(bits));
}

// `format`: of an element of C; none: of bytes.
std::string values_text(const tile::Difference::Values& values,
                        std::optional<numerics::ResultFormat> format) {
    const auto one = [&](std::uint64_t bits) {
        std::string text = fmt::format("0x{:0{}x}", bits, 2 * values.bytes);
        if (format) {
            text += fmt::format("  {:.9g}", value_of(bits, *format));
        }
        return text;
    };
    return fmt::format(
        "expected     {}\nactual       {}\nbits apart   0x{:0{}x}, at L1 byte 0x{:06x}\n",
        one(values.model), one(values.rtl), values.rtl ^ values.model, 2 * values.bytes,
        values.address);
}

// An element of A or B with its scale.
struct Element {
    std::uint32_t code = 0;
    std::optional<std::uint8_t> scale;
    float value = 0;

    [[nodiscard]] bool operator==(const Element& other) const {
        return code == other.code && scale == other.scale;
    }
};

// Of row `lane` of A, or column `lane` of B; `along_k`: k runs along the rows in L1.
Element element_of(std::span<const std::byte> l1, const tile::Operand& operand, bool along_k,
                   std::uint64_t lane, std::uint64_t k) {
    const std::uint64_t bit = (along_k ? k : lane) * operand.elements.element_bits;
    const std::uint64_t at =
        operand.elements.address + (along_k ? lane : k) * operand.elements.ld + bit / 8;
    const unsigned bytes = static_cast<unsigned>((bit % 8 + operand.elements.element_bits + 7) / 8);
    const std::uint32_t mask = (1U << operand.elements.element_bits) - 1;
    Element element;
    element.code = static_cast<std::uint32_t>(bits_at(l1, at, bytes) >> bit % 8) & mask;
    element.value =
        numerics::fp32_from_element(operand.format, static_cast<std::uint16_t>(element.code));
    if (numerics::has_scales(operand.format)) {
        const std::uint64_t place =
            operand.scales.address + lane * operand.scales.ld + k / numerics::kMxBlock;
        element.scale = static_cast<std::uint8_t>(bits_at(l1, place, 1));
        element.value = numerics::scaled(element.value, numerics::fp32_from_e8m0(*element.scale));
    }
    return element;
}

std::string element_text(const Element& element) {
    return element.scale ? fmt::format("0x{:02x} x 0x{:02x} {:<14.6g}", element.code,
                                       *element.scale, element.value)
                         : fmt::format("0x{:04x} {:<14.6g}", element.code, element.value);
}

struct Term {
    std::uint64_t k;
    std::uint64_t last;  // up to this k all are equal
    Element a;
    Element b;
    Element rtl_a;
    Element rtl_b;

    [[nodiscard]] bool equals(const Term& other) const {
        return a == other.a && b == other.b && rtl_a == other.rtl_a && rtl_b == other.rtl_b;
    }
    [[nodiscard]] bool flipped() const { return !(a == rtl_a && b == rtl_b); }
    [[nodiscard]] float product() const { return a.value * b.value; }
};

void write(const tile::RecordedAccess& access, std::span<std::byte> l1) {
    if (!access.write || access.burst != tile::AxiBurst::Incr ||
        access.address + access.data.size() > l1.size()) {
        return;
    }
    for (std::size_t i = 0; i < access.data.size(); ++i) {
        if (access.enables.empty() || access.enables[i] != 0) {
            l1[access.address + i] = access.data[i];
        }
    }
}

// L1 as the command finds it: after all accesses before it, and the commands before it run to
// their end.
std::vector<std::byte> contents(const Replay& replay, const std::vector<Pushed>& commands,
                                const Pushed& found, bool flipped) {
    std::vector<std::byte> l1 = replay.l1;
    for (const Replay::Flip& flip : replay.flips) {
        l1[flip.address] ^= flipped ? flip.bits : std::byte{};
    }
    numerics::Workspace workspace;
    std::size_t done = 0;  // accesses
    for (const Pushed& pushed : commands) {
        for (; done < pushed.access; ++done) {
            write(replay.accesses[done], l1);
        }
        if (&pushed == &found) {
            break;
        }
        // The same line once more is one that the full queue has refused.
        if (pushed.decoded.status == tile::Status::Ok && pushed.line != (&pushed + 1)->line) {
            tile::run_matmul(pushed.decoded.matmul, l1, workspace);
        }
    }
    return l1;
}

// Equal ones that follow each other are shown once. Of many, those that differ in the RTL, then the
// largest, in the order of k.
std::string terms_text(const std::vector<Term>& terms) {
    std::vector<Term> runs;
    for (const Term& term : terms) {
        if (!runs.empty() && runs.back().equals(term)) {
            runs.back().last = term.k;
        } else {
            runs.push_back(term);
        }
    }
    std::ranges::stable_sort(runs, [](const Term& x, const Term& y) {
        return x.flipped() != y.flipped() ? x.flipped()
                                          : std::fabs(x.product()) > std::fabs(y.product());
    });
    runs.resize(std::min(runs.size(), kTerms));
    std::ranges::sort(runs, {}, &Term::k);
    std::string text;
    std::size_t shown = 0;
    for (const Term& term : runs) {
        shown += term.last - term.k + 1;
        const std::string k = term.last == term.k ? std::to_string(term.k)
                                                  : fmt::format("{} to {}", term.k, term.last);
        text += fmt::format("  k {:<6}  A {}  B {}  product {:.9g}", k, element_text(term.a),
                            element_text(term.b), term.product());
        text += term.flipped() ? fmt::format("   in the RTL A {}  B {}\n", element_text(term.rtl_a),
                                             element_text(term.rtl_b))
                               : "\n";
    }
    return shown == terms.size() ? text
                                 : text + fmt::format("  and {} other terms, smaller or equal\n",
                                                      terms.size() - shown);
}

std::string operands_text(const Replay& replay, const std::vector<Pushed>& commands,
                          const Pushed& found, const tile::Difference::Element& element) {
    const tile::Matmul& matmul = found.decoded.matmul;
    const std::vector<std::byte> model = contents(replay, commands, found, false);
    const std::vector<std::byte> rtl = contents(replay, commands, found, true);
    std::vector<Term> terms;
    for (std::uint64_t k = 0; k < matmul.k; ++k) {
        const auto a = [&](std::span<const std::byte> l1) {
            return element_of(l1, matmul.a, !matmul.a.transposed, element.row, k);
        };
        const auto b = [&](std::span<const std::byte> l1) {
            return element_of(l1, matmul.b, matmul.b.transposed, element.column, k);
        };
        terms.push_back({k, k, a(model), b(model), a(rtl), b(rtl)});
    }
    std::string text = fmt::format("operands     row {} of A, column {} of B, {} terms\n",
                                   element.row, element.column, terms.size());
    const std::uint64_t c =
        matmul.c.address + element.row * matmul.c.ld + element.column * matmul.c.element_bytes();
    if (matmul.accumulate) {
        const std::uint64_t bits = bits_at(model, c, 4);
        text += fmt::format("  initial C  0x{:08x}  {:.9g}\n", bits,
                            value_of(bits, numerics::ResultFormat::Fp32));
    }
    return text + terms_text(terms);
}

std::string files_text(const Replay& replay, std::size_t commands, const PageFiles& files) {
    const std::string accesses =
        fmt::format("{} accesses, {} of them commands", replay.accesses.size(), commands);
    std::string text = "\nreplay       " + files.again + "\n             ";
    text += files.is_whole_run
                ? "the whole run: its last " + accesses + ", do not differ by themselves\n"
                : fmt::format("{}, stalls {} %\n", accesses, fmt::join(replay.stall, " "));
    return text + (files.wave.empty() ? "waves        none\n"
                                      : fmt::format("waves        gtkwave {}.fst {}.gtkw\n",
                                                    files.wave, files.wave));
}

}  // namespace

std::string seen_text(const Replay& recorded, const Seen& seen) {
    std::string text = fmt::format("in the run   {}: {}\n", seen.where, *seen.difference) +
                       assertion_text(seen.difference);
    if (seen.time) {
        text += fmt::format("board time   {} ps, at the stop\n", seen.time->value);
    }
    const std::vector<Pushed> commands = commands_of(recorded);
    const Pushed* command = find_command(commands, seen.difference);
    if (command == nullptr) {
        return text;
    }
    if (seen.taken) {
        const auto behind = static_cast<std::uint64_t>(&commands.back() - command);
        const std::uint64_t number = *seen.taken - 1 - behind;
        text += fmt::format("its number   {} of this tile's commands, as in --fidelity X{}\n",
                            number, number == 0 ? "" : fmt::format("@{}", number));
    }
    return text + seen.sender + "\n" + command_text(*command, seen.difference);
}

std::string make_page(const Replay& replay, const tile::Difference& difference,
                      const PageFiles& files) {
    std::string page = "RTL and model differ\n\n";
    const bool is_seen = files.is_whole_run && !files.seen.empty();  // so it is told already
    if (!files.seen.empty()) {
        page += files.seen + (is_seen ? "" : "\nmade short   ");
    }
    page += is_seen ? "\n" : difference.text + "\n\n";
    if (difference.cycle) {
        page += fmt::format("cycle        {}\n", *difference.cycle);
    }
    page += is_seen ? "" : assertion_text(difference);
    const std::vector<Pushed> commands = commands_of(replay);
    const Pushed* command = find_command(commands, difference);
    auto element = difference.element;
    if (command != nullptr && !element && difference.values &&
        command->decoded.status == tile::Status::Ok && !command->decoded.matmul.c.empty()) {
        const tile::Matrix& c = command->decoded.matmul.c;
        const std::uint64_t at = difference.values->address;
        if (c.range().meets({at, at + 1})) {
            const std::uint64_t row = c.rows == 1 ? 0 : (at - c.address) / c.ld;
            const std::uint64_t column = (at - c.address - row * c.ld) / c.element_bytes();
            if (column < c.columns) {
                element = {row, column};
            }
        }
    }
    if (element) {
        page += fmt::format("element      C[{}][{}]\n", element->row, element->column);
    }
    if (difference.values) {
        const bool is_element = command != nullptr && difference.element;
        page += values_text(
            *difference.values,
            is_element ? std::optional(command->decoded.matmul.c_format) : std::nullopt);
    }
    if (command == nullptr) {
        page += "command      none that the difference belongs to\n";
    } else if (!is_seen) {
        page += "\n" + command_text(*command, difference);
    }
    if (command != nullptr && element && command->decoded.status == tile::Status::Ok) {
        page += "\n" + operands_text(replay, commands, *command, *element);
    }
    return page + files_text(replay, commands.size(), files);
}

}  // namespace athena::cosim
