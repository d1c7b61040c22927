// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/plan.h"

#include <algorithm>
#include <cstring>

namespace athena::cosim {

namespace {

constexpr std::size_t kPage = 4096;

// Bytes of FP32 numbers everywhere, the same in each page.
void fill_all(Random& random, std::vector<std::byte>& l1) {
    const std::size_t first = std::min(kPage, l1.size());
    fill_bytes(random, std::span(l1).first(first), 4);
    for (std::size_t done = first; done < l1.size(); done += first) {
        std::memcpy(&l1[done], l1.data(), std::min(first, l1.size() - done));
    }
}

void fill_matrices(Random& random, Plan& plan, const Line& line, Planned& planned) {
    const regs::descriptor::MatmulConstView view(line);
    const Shape shape(line);
    planned.a = random_fill(random);
    planned.b = random_fill(random);
    fill_elements(random, plan.l1, shape.a, view.a_format(), planned.a);
    fill_elements(random, plan.l1, shape.b, view.b_format(), planned.b);
    fill_scales(random, plan.l1, shape.a_scale, planned.a);
    fill_scales(random, plan.l1, shape.b_scale, planned.b);
    if (view.accumulate() != 0) {
        fill_results(random, plan.l1, shape.c, random_fill(random));
    }
}

// A command of any bits may be good or not: then its matrices are inside L1.
void touch(Plan& plan, const Shape& shape) {
    const auto is_inside = [&](const Part& part) {
        return !part.empty() && part.range().end <= plan.l1.size();
    };
    for (const Part& operand : shape.operands()) {
        if (is_inside(operand)) {
            plan.touched.push_back(operand.range());
        }
    }
    if (is_inside(shape.c)) {
        plan.touched.push_back(shape.c.range());
        plan.results.push_back(shape.c.range());
    }
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

std::optional<std::string> unplanned(const tile::Completion& completion, const Planned& planned) {
    const tile::Status status = completion.status;
    if (status == tile::Status::Aborted || status == planned.status.value_or(status)) {
        return std::nullopt;
    }
    return "command with tag " + std::to_string(completion.tag) + ": status is " +
           std::to_string(static_cast<unsigned>(status)) + " in RTL and model, " +
           std::to_string(static_cast<unsigned>(*planned.status)) + " by the plan";
}

Plan make_plan(Random& random, std::uint64_t commands, std::uint32_t first_tag,
               const tile::TileConfig& config) {
    Plan plan;
    plan.l1.resize(config.l1_bytes);
    fill_all(random, plan.l1);
    CommandMaker maker(random, config);
    for (std::uint64_t i = 0; i < commands; ++i) {
        const Command command = maker.make(first_tag + static_cast<std::uint32_t>(i));
        plan.commands.push_back(command.line);
        Planned& planned = plan.planned.emplace_back(Planned{.status = command.status});
        if (command.status == tile::Status::Ok) {
            fill_matrices(random, plan, command.line, planned);
        }
        if (command.status.value_or(tile::Status::Ok) == tile::Status::Ok) {
            touch(plan, Shape(command.line));
        }
    }
    return plan;
}

}  // namespace athena::cosim
