// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/plan.h"

#include <algorithm>
#include <cstring>

#include "regs/descriptor_regs.h"

namespace athena::cosim {

namespace {

namespace layout = regs::descriptor;

constexpr std::uint64_t kAlignment = 32;
constexpr std::uint64_t kMostRows = 96;
constexpr std::uint64_t kMostDepth = 256;

// What is likely to be wrong in an array of 16 x 16 with blocks of 32 x 32.
constexpr std::array<std::uint64_t, 7> kEdges{1, 15, 16, 17, 31, 32, 33};

std::uint64_t dimension(Random& random, std::uint64_t most) {
    const std::uint64_t kind = random.below(100);
    if (kind < 5) {
        return 0;
    }
    if (kind < 40) {
        return kEdges[random.below(kEdges.size())];
    }
    return random.log_uniform(most);
}

struct Place {
    std::uint32_t address = 0;
    std::uint16_t ld = 0;  // in 32 bytes
};

class Planner {
  public:
    Planner(Random& random, std::uint64_t l1_bytes) : random_(random), l1_bytes_(l1_bytes) {
        // A small arena lets commands meet each other's matrices.
        arena_ = random.chance(50) ? l1_bytes : std::uint64_t{64} << 10;
        arena_base_ = random.below((l1_bytes - arena_) / kAlignment + 1) * kAlignment;
    }

    Line command(std::uint32_t tag) {
        Line line{};
        const layout::MatmulView view(line);
        view.set_opcode(layout::Opcode::Matmul);
        view.set_tag(tag);
        for (unsigned attempt = 0; attempt < 8; ++attempt) {
            shape(view);
            if (tile::decode_matmul(line, l1_bytes_).status == tile::Status::Ok) {
                break;
            }
        }
        if (random_.chance(10)) {
            spoil(line);
        }
        return line;
    }

  private:
    void shape(const layout::MatmulView& view) {
        const bool large = random_.chance(1);
        const std::uint64_t m = dimension(random_, large ? 2 * kMostRows : kMostRows);
        const std::uint64_t n = dimension(random_, large ? 2 * kMostRows : kMostRows);
        const std::uint64_t k = dimension(random_, large ? 4 * kMostDepth : kMostDepth);
        const bool bf16 = random_.chance(40);
        const bool accumulate = !bf16 && random_.chance(40);
        view.set_m(static_cast<std::uint32_t>(m));
        view.set_n(static_cast<std::uint32_t>(n));
        view.set_k(static_cast<std::uint32_t>(k));
        view.set_c_format(bf16 ? layout::ResultFormat::Bf16 : layout::ResultFormat::Fp32);
        view.set_accumulate(accumulate ? 1 : 0);
        const Place a = place(m, k * 2);
        const Place b = place(k, n * 2);
        const Place c = place(m, n * (bf16 ? 2 : 4));
        view.set_a_addr(a.address);
        view.set_a_ld(a.ld);
        view.set_b_addr(b.address);
        view.set_b_ld(b.ld);
        view.set_c_addr(c.address);
        view.set_c_ld(c.ld);
    }

    Place place(std::uint64_t rows, std::uint64_t row_bytes) {
        std::uint64_t ld = (row_bytes + kAlignment - 1) / kAlignment;
        if (random_.chance(50)) {
            ld += random_.below(4);
        }
        if (rows == 1 && random_.chance(50)) {
            ld = random_.below(8);  // not looked at
        }
        const std::uint64_t size = rows == 0 ? 0 : (rows - 1) * ld * kAlignment + row_bytes;
        Place place;
        place.ld = static_cast<std::uint16_t>(ld);
        if (!addresses_.empty() && random_.chance(15)) {
            place.address = addresses_[random_.below(addresses_.size())];
        } else if (size <= arena_) {
            place.address = static_cast<std::uint32_t>(
                arena_base_ + random_.below((arena_ - size) / kAlignment + 1) * kAlignment);
        }
        addresses_.push_back(place.address);
        return place;
    }

    // One field wrong, or any bits at all.
    void spoil(Line& line) {
        const layout::MatmulView view(line);
        const auto any = random_.bits();
        switch (random_.below(10)) {
            case 0:
                view.set_opcode(static_cast<layout::Opcode>(any));
                break;
            case 1:
                line[random_.below(2) == 0 ? 0x3E : 0x0B] = static_cast<std::byte>(any | 1);
                break;
            case 2:
                view.set_a_format(static_cast<layout::OperandFormat>(any % 16));
                view.set_a_scale_addr(random_.chance(50) ? 32 : 0);
                break;
            case 3:
                view.set_b_format(static_cast<layout::OperandFormat>(any % 16));
                view.set_b_scale_ld(random_.chance(50) ? 1 : 0);
                break;
            case 4:
                view.set_accumulate(1);
                view.set_c_format(static_cast<layout::ResultFormat>(any % 4));
                break;
            case 5:
                view.set_transpose_a(any % 2);
                view.set_transpose_b(any / 2 % 2);
                view.set_saturate(any / 4 % 2);
                break;
            case 6:
                view.set_b_addr(static_cast<std::uint32_t>(view.b_addr() + any % 32));
                break;
            case 7:
                view.set_c_addr(random_.chance(50) ? view.a_addr() : view.b_addr());
                break;
            case 8:
                view.set_m(static_cast<std::uint32_t>(random_.chance(50) ? any : any % 4096));
                break;
            default:
                for (std::byte& byte : line) {
                    byte = random_.chance(20) ? static_cast<std::byte>(random_.bits()) : byte;
                }
        }
    }

    Random& random_;
    std::uint64_t l1_bytes_;
    std::uint64_t arena_ = 0;
    std::uint64_t arena_base_ = 0;
    std::vector<std::uint32_t> addresses_;
};

std::span<std::byte> bytes_of(Plan& plan, const tile::Matrix& matrix) {
    const tile::Range range = matrix.range();
    return std::span(plan.l1).subspan(range.begin, range.end - range.begin);
}

}  // namespace

std::uint64_t Plan::first_kept() const {
    for (const tile::Range& range : touched) {
        const tile::Range byte{range.begin, range.begin + 1};
        if (std::ranges::none_of(results, [&](tile::Range result) { return result.meets(byte); })) {
            return byte.begin;
        }
    }
    return touched.front().begin;
}

Plan make_plan(Random& random, std::uint64_t commands, std::uint32_t first_tag,
               std::uint64_t l1_bytes) {
    Plan plan;
    plan.l1.resize(l1_bytes);
    fill_operand(random, std::span(plan.l1).first(4096), 4);
    for (std::size_t done = 4096; done < l1_bytes; done += 4096) {
        std::memcpy(&plan.l1[done], plan.l1.data(), 4096);
    }
    Planner planner(random, l1_bytes);
    for (std::uint64_t i = 0; i < commands; ++i) {
        plan.commands.push_back(planner.command(first_tag + static_cast<std::uint32_t>(i)));
        const auto decoded = tile::decode_matmul(plan.commands.back(), l1_bytes);
        if (decoded.status != tile::Status::Ok) {
            continue;
        }
        const tile::Matmul& matmul = decoded.matmul;
        fill_operand(random, bytes_of(plan, matmul.a.elements), 2);
        fill_operand(random, bytes_of(plan, matmul.b.elements), 2);
        if (matmul.accumulate) {
            fill_operand(random, bytes_of(plan, matmul.c), 4);
        }
        for (const tile::Matrix* matrix : {&matmul.a.elements, &matmul.b.elements, &matmul.c}) {
            if (!matrix->empty()) {
                plan.touched.push_back(matrix->range());
            }
        }
        plan.results.push_back(matmul.c.range());
    }
    return plan;
}

}  // namespace athena::cosim
