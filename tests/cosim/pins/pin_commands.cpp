// SPDX-License-Identifier: Apache-2.0
#include "pin_commands.h"

#include <algorithm>

#include "regs/descriptor_regs.h"

namespace athena::pins {

namespace {

namespace layout = regs::descriptor;
using layout::OperandFormat;
using layout::ResultFormat;

constexpr std::uint64_t kAlignment = 32;

class Maker {
  public:
    Maker(Random& random, std::uint64_t l1_bytes) : random_(random), l1_bytes_(l1_bytes) {}

    tile::Beat line(std::uint32_t tag) {
        tile::Beat line{};
        for (unsigned attempt = 0; attempt < 8; ++attempt) {
            line = {};
            fill(layout::MatmulView(line));
            if (tile::decode_matmul(line, l1_bytes_).status == tile::Status::Ok) {
                break;
            }
        }
        layout::MatmulView(line).set_tag(tag);
        if (random_.chance(10)) {
            spoil(line);
        }
        return line;
    }

  private:
    // Mostly small, so that there are many; blocks of 32 x 32, panels of 32, passes of 1024.
    std::uint32_t dimension(unsigned doublings) {
        static constexpr std::uint32_t kEdges[] = {1, 2, 31, 32, 33, 63, 64, 65};
        const std::uint64_t kind = random_.below(100);
        if (kind < 4) {
            return 0;
        }
        return kind < 40 ? kEdges[random_.below(8)]
                         : static_cast<std::uint32_t>(random_.log_uniform(doublings));
    }
    std::uint32_t depth() {
        static constexpr std::uint32_t kEdges[] = {1023, 1024, 1025, 1057, 2048, 2049};
        return random_.chance(4) ? kEdges[random_.below(6)] : dimension(8);
    }

    void fill(const layout::MatmulView& view) {
        view.set_opcode(layout::Opcode::Matmul);
        const std::uint32_t m = dimension(7);
        const std::uint32_t n = dimension(7);
        const std::uint32_t k = depth();
        const auto a_format = static_cast<OperandFormat>(random_.below(9));
        const auto b_format = static_cast<OperandFormat>(random_.below(9));
        const auto c_format = static_cast<ResultFormat>(random_.below(4));
        const bool a_mx = a_format >= OperandFormat::Mxfp8E4m3;
        const bool b_mx = b_format >= OperandFormat::Mxfp8E4m3;
        const bool transpose_a = !a_mx && random_.chance(50);
        const bool transpose_b = b_mx || random_.chance(50);
        view.set_m(m);
        view.set_n(n);
        view.set_k(k);
        view.set_a_format(a_format);
        view.set_b_format(b_format);
        view.set_c_format(c_format);
        view.set_transpose_a(transpose_a ? 1 : 0);
        view.set_transpose_b(transpose_b ? 1 : 0);
        view.set_accumulate(c_format == ResultFormat::Fp32 && random_.chance(50) ? 1 : 0);
        view.set_saturate(c_format >= ResultFormat::E4m3 && random_.chance(50) ? 1 : 0);
        const Place a = place(transpose_a ? k : m, transpose_a ? m : k, bits_of(a_format));
        const Place b = place(transpose_b ? n : k, transpose_b ? k : n, bits_of(b_format));
        static constexpr unsigned kResultBits[] = {32, 16, 8, 8};
        const Place c = place(m, n, kResultBits[static_cast<unsigned>(c_format)]);
        view.set_a_addr(a.address);
        view.set_a_ld(a.ld);
        view.set_b_addr(b.address);
        view.set_b_ld(b.ld);
        view.set_c_addr(c.address);
        view.set_c_ld(c.ld);
        if (a_mx) {
            const Place scales = place(m, (k + 31) / 32, 8);
            view.set_a_scale_addr(scales.address);
            view.set_a_scale_ld(scales.ld);
        }
        if (b_mx) {
            const Place scales = place(n, (k + 31) / 32, 8);
            view.set_b_scale_addr(scales.address);
            view.set_b_scale_ld(scales.ld);
        }
    }

    static unsigned bits_of(OperandFormat format) {
        return numerics::element_bits(static_cast<numerics::OperandFormat>(format));
    }

    struct Place {
        std::uint32_t address = 0;
        std::uint16_t ld = 0;  // in 32 bytes
    };
    Place place(std::uint64_t rows, std::uint64_t columns, unsigned bits) {
        const std::uint64_t row = (columns * bits + 7) / 8;
        const std::uint64_t ld = (row + kAlignment - 1) / kAlignment + random_.below(3) / 2;
        const std::uint64_t size = rows * ld * kAlignment;
        const std::uint64_t room = size < l1_bytes_ ? (l1_bytes_ - size) / kAlignment : 0;
        return {static_cast<std::uint32_t>(random_.below(room + 1) * kAlignment),
                static_cast<std::uint16_t>(ld)};
    }

    // Any bits at all, or a few wrong ones.
    void spoil(tile::Beat& line) {
        if (random_.chance(20)) {
            std::ranges::generate(line, [&] { return static_cast<std::byte>(random_.bits()); });
            return;
        }
        for (std::uint64_t left = random_.log_uniform(3); left > 0; --left) {
            line[random_.below(line.size())] ^= std::byte{1} << random_.below(8);
        }
    }

    Random& random_;
    std::uint64_t l1_bytes_;
};

}  // namespace

Commands make_commands(Random& random, unsigned count, std::uint64_t l1_bytes) {
    Commands commands;
    Maker maker(random, l1_bytes);
    const auto first_tag = static_cast<std::uint32_t>(random.bits());
    for (unsigned i = 0; i < count; ++i) {
        commands.lines.push_back(maker.line(first_tag + i));
        const auto decoded = tile::decode_matmul(commands.lines.back(), l1_bytes);
        if (decoded.status == tile::Status::Ok) {
            const tile::Matmul& matmul = decoded.matmul;
            for (const tile::Matrix* matrix : {&matmul.a.elements, &matmul.b.elements, &matmul.c,
                                               &matmul.a.scales, &matmul.b.scales}) {
                commands.touched.push_back(matrix->range());
            }
        }
    }
    return commands;
}

bool is_free(const Commands& commands, tile::Range range) {
    return std::ranges::none_of(commands.touched,
                                [&](tile::Range taken) { return taken.meets(range); });
}

}  // namespace athena::pins
