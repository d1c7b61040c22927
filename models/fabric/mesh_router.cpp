// SPDX-License-Identifier: Apache-2.0
// One cycle of a router: what arrives, switch allocation, VC allocation. Both allocations are iSLIP
// with one iteration: each output grants to the next input that asks, each input accepts the next
// output that granted, and pointers move behind what was accepted.
//
// Loops over what may happen cost more than the work itself, because nobody can foresee their
// length: where it is cheap, this file computes what it may not need.
#include <array>
#include <bit>

#include "fabric/mesh_state.h"

namespace athena::fabric::mesh {

namespace {

constexpr std::uint64_t bit(unsigned number) {
    return std::uint64_t{1} << number;
}

constexpr std::uint64_t bit_if(bool condition, unsigned number) {
    return std::uint64_t{condition} << number;
}

// All ones or nothing: a choice without a branch, where nobody can foresee it.
constexpr std::uint64_t ones_if(bool condition) {
    return -std::uint64_t{condition};
}

unsigned number_of(std::uint64_t lowest) {
    return static_cast<unsigned>(std::countr_zero(lowest));
}

// Dimension order, first x, then y: by the signs of the distances.
constexpr std::uint8_t kOutputs[3][3] = {
    {kWest, kWest, kWest}, {kSouth, kLocal, kNorth}, {kEast, kEast, kEast}};

unsigned route(const Site& site, const PacketEntry& packet) {
    const unsigned dx = 1U + (packet.x > site.x) - (packet.x < site.x);
    const unsigned dy = 1U + (packet.y > site.y) - (packet.y < site.y);
    return kOutputs[dx][dy];
}

// The first output of a set from a given one on, else the first at all; the row behind the last
// output is that of output 0.
constexpr auto kAccepted = [] {
    std::array<std::array<std::uint8_t, 1U << kPorts>, kPorts + 1> table{};
    for (unsigned from = 0; from <= kPorts; ++from) {
        for (unsigned set = 1; set < 1U << kPorts; ++set) {
            const unsigned later = set >> from << from;
            table[from][set] =
                static_cast<std::uint8_t>(std::countr_zero(later != 0 ? later : set));
        }
    }
    return table;
}();

// What routers send in a cycle, by the kinds that arrive together.
struct Outboxes {
    using Flits = DelayLine<Moving>::Writer;
    using Credits = DelayLine<Place>::Writer;

    Outboxes(const Shape& shape, State& state)
        : flits{{state.flits_to[kToRouters], state.now + shape.flit_delay},
                {state.flits_to[kToRouters], state.now + shape.head_delay},
                {state.flits_to[kToNodes], state.now + shape.eject_delay}},
          credits{{state.credits_to[kToRouters], state.now + shape.credit_delay},
                  {state.credits_to[kToNodes], state.now + shape.source_credit_delay}} {}

    Flits flits[3];
    Credits credits[2];
};

// A router's part of the state, and what happens in it.
class Cycles {
  public:
    Cycles(const Shape& shape, State& state, std::uint32_t number)
        : shape_(shape),
          state_(state),
          now_(state.now),
          number_(number),
          vcs_(shape.vcs),
          router_(state.routers[number]),
          inputs_(&state.input_vcs[number * shape.port_vcs]),
          outputs_(&state.output_vcs[number * shape.port_vcs]),
          rings_(&state.flits[std::size_t{number} * shape.port_vcs * shape.ring]) {}

    // Returns whether the router has something to do.
    bool receive(unsigned vc, Flit flit);
    bool take_credit(unsigned vc);
    // Returns whether the router has something to do in the next cycle, whatever arrives.
    bool step(Outboxes& outboxes);

  private:
    void put_head_in_front(unsigned vc, std::uint32_t packet);
    void ask(unsigned vc);
    void wait(unsigned vc, Cycle from);
    void allocate_switch(Outboxes& outboxes);
    void send(Outboxes& outboxes, unsigned input, unsigned output);
    void leave(unsigned vc, InputVc& input);
    void allocate_vcs();
    void allocate_vcs_of(unsigned output);
    void accept_vc(unsigned output, unsigned vc, unsigned offered);
    [[nodiscard]] bool can_allocate() const;
    [[nodiscard]] unsigned free_of(unsigned output) const {
        return static_cast<unsigned>(router_.free >> output * vcs_) & shape_.all_vcs;
    }

    const Shape& shape_;
    State& state_;
    const Cycle now_;
    const std::uint32_t number_;
    const unsigned vcs_;
    RouterState& router_;
    InputVc* const inputs_;
    OutputVc* const outputs_;
    Flit* const rings_;
    std::uint64_t freed_ = 0;  // output VCs, in this cycle
    std::uint64_t left_ = 0;   // by tails, in this cycle
};

// The VC has an output VC and a flit for it: for credit and for the switch it waits.
inline void Cycles::wait(unsigned vc, Cycle from) {
    const InputVc& input = inputs_[vc];
    std::uint64_t& waiting = router_.waiting[input.output];
    Cycle& since = router_.wanted_since[input.output];
    since ^= (since ^ from) & ones_if(waiting == 0);
    waiting |= bit(vc);
    const bool has_credit = outputs_[input.output_vc].credits != 0;
    router_.ready[input.output] |= bit_if(has_credit, vc);
}

inline void Cycles::ask(unsigned vc) {
    const unsigned output = inputs_[vc].output;
    router_.requests[output] |= bit(vc);
    router_.asked = static_cast<std::uint8_t>(router_.asked | 1U << output);
}

inline void Cycles::put_head_in_front(unsigned vc, std::uint32_t packet) {
    const PacketEntry& entry = state_.packets[packet];
    InputVc& input = inputs_[vc];
    input.output = static_cast<std::uint8_t>(route(shape_.sites[number_], entry));
    input.allowed = entry.allowed;
}

// The cycle of a head's route is part of its way here, so it asks for a VC at once; but not if it
// was one packet behind another until the last cycle, for then its route began in this one.
inline bool Cycles::receive(unsigned vc, Flit flit) {
    InputVc& input = inputs_[vc];
    rings_[vc * shape_.ring + ((input.first + input.count) & (shape_.ring - 1))] = flit;
    ++router_.received[shape_.port_of[vc]];
    if (input.count++ != 0) {
        return false;
    }
    if ((router_.active & bit(vc)) != 0) {
        wait(vc, now_);
        return (router_.ready[input.output] & bit(vc)) != 0;
    }
    put_head_in_front(vc, flit >> kFlitBits);
    if ((router_.left & bit(vc)) != 0 && router_.left_in + 1 == now_ && !shape_.routes_on_arrival) {
        router_.routing |= bit(vc);
    } else {
        ask(vc);
    }
    return true;
}

inline bool Cycles::take_credit(unsigned vc) {
    OutputVc& output = outputs_[vc];
    if (output.credits++ != 0 || output.owner == kNoVc || inputs_[output.owner].count == 0) {
        return false;
    }
    router_.ready[shape_.port_of[vc]] |= bit(output.owner);
    return true;
}

// A channel that a tail leaves can be asked for in the next cycle, a head that got a channel can
// ask for the switch in the next cycle.
inline bool Cycles::step(Outboxes& outboxes) {
    std::uint64_t routed = router_.routing;
    router_.routing = 0;
    allocate_switch(outboxes);
    if (router_.asked != 0) {
        allocate_vcs();
    }
    router_.free |= freed_;
    if (left_ != 0) {
        router_.left = left_;
        router_.left_in = now_;
    }
    if (shape_.routes_on_arrival) {
        routed = router_.routing;
        router_.routing = 0;
    }
    for (; routed != 0; routed &= routed - 1) {
        ask(number_of(routed));
    }
    std::uint64_t busy = router_.routing;
    for (const std::uint64_t ready : router_.ready) {
        busy |= ready;
    }
    return busy != 0 || (router_.asked != 0 && can_allocate());
}

bool Cycles::can_allocate() const {
    unsigned can = 0;
    for (unsigned output = 0; output < kPorts; ++output) {
        for (std::uint64_t left = router_.requests[output]; left != 0; left &= left - 1) {
            can |= inputs_[number_of(left)].allowed & free_of(output);
        }
    }
    return can != 0;
}

inline void Cycles::allocate_switch(Outboxes& outboxes) {
    // Of nothing the lowest bit is the highest, which is no VC's: it goes to a port that is none.
    constexpr std::uint64_t kNothing = bit(63);
    std::uint8_t granted[kPorts + 1] = {};  // by input: outputs
    unsigned inputs = 0;
    for (unsigned output = 0; output < kPorts; ++output) {
        const std::uint64_t ready = router_.ready[output] | kNothing;
        const std::uint64_t later = ready & router_.later_inputs[output];
        const std::uint64_t first = (later & ~kNothing) != 0 ? later : ready;
        const unsigned input = shape_.port_of[number_of(first)];
        granted[input] = static_cast<std::uint8_t>(granted[input] | 1U << output);
        inputs |= 1U << input;
    }
    for (inputs &= (1U << kPorts) - 1; inputs != 0; inputs &= inputs - 1) {
        const unsigned input = number_of(inputs);
        send(outboxes, input, kAccepted[router_.accept_from[input]][granted[input]]);
    }
}

// The next VC of the input that has something for the output sends a flit.
inline void Cycles::send(Outboxes& outboxes, unsigned input, unsigned output) {
    const unsigned first = input * vcs_;
    const auto able = static_cast<std::uint16_t>(router_.ready[output] >> first & shape_.all_vcs);
    const std::uint16_t winner = round_robin(able, router_.later_vcs[input]);
    router_.later_vcs[input] = behind(winner);
    router_.later_inputs[output] = ~std::uint64_t{0} << (first + vcs_);
    router_.accept_from[input] = static_cast<std::uint8_t>(output + 1);

    const unsigned vc = first + number_of(winner);
    InputVc& from = inputs_[vc];
    const Flit flit = rings_[vc * shape_.ring + from.first];
    from.first = static_cast<std::uint16_t>((from.first + 1U) & (shape_.ring - 1));
    --from.count;
    const unsigned output_vc = from.output_vc;
    OutputVc& to = outputs_[output_vc];
    --to.credits;
    ++router_.sent[output];
    const Site& site = shape_.sites[number_];
    const Place next = site.downstream[output] + kNextVc * (output_vc - output * vcs_);
    const unsigned kind = (flit & shape_.slow_head) / kHead;
    outboxes.flits[output == kLocal ? 2 : kind].put({next, flit});
    outboxes.credits[input == kLocal].put(site.upstream[input] + kNextVc * (vc - first));

    const bool is_tail = (flit & kTail) != 0;
    const bool has_more = !is_tail && from.count != 0;
    router_.ready[output] =
        (router_.ready[output] & ~bit(vc)) | bit_if(has_more && to.credits != 0, vc);
    const std::uint64_t waiting = (router_.waiting[output] & ~bit(vc)) | bit_if(has_more, vc);
    router_.waiting[output] = waiting;
    router_.wanted[output] += (now_ + 1 - router_.wanted_since[output]) & ones_if(waiting == 0);
    if (is_tail) {
        to.owner = kNoVc;
        freed_ |= bit(output_vc);
        leave(vc, from);
    }
}

inline void Cycles::leave(unsigned vc, InputVc& input) {
    router_.active &= ~bit(vc);
    left_ |= bit(vc);
    if (input.count != 0) {
        put_head_in_front(vc, rings_[vc * shape_.ring + input.first] >> kFlitBits);
        router_.routing |= bit(vc);
    }
}

// No request is for VCs of two outputs, so each output is for itself.
inline void Cycles::allocate_vcs() {
    for (unsigned asked = router_.asked; asked != 0; asked &= asked - 1) {
        const unsigned output = number_of(asked);
        allocate_vcs_of(output);
        if (router_.requests[output] == 0) {
            router_.asked = static_cast<std::uint8_t>(router_.asked & ~(1U << output));
        }
    }
}

// Each free VC of the output is offered to one of those that ask for it.
inline void Cycles::allocate_vcs_of(unsigned output) {
    std::uint64_t requests = router_.requests[output];
    if ((requests & (requests - 1)) == 0) {  // all are offered to the only one
        const unsigned vc = number_of(requests);
        accept_vc(output, vc, free_of(output) & inputs_[vc].allowed);
        return;
    }
    std::uint16_t offers[64];
    std::uint64_t restricted = 0;
    for (std::uint64_t left = requests; left != 0; left &= left - 1) {
        const unsigned vc = number_of(left);
        offers[vc] = 0;
        restricted |= bit_if(inputs_[vc].allowed != shape_.all_vcs, vc);
    }
    for (unsigned free = free_of(output); free != 0; free &= free - 1) {
        const unsigned output_vc = number_of(free);
        std::uint64_t asking = requests;
        for (std::uint64_t left = restricted; left != 0; left &= left - 1) {
            const unsigned vc = number_of(left);
            asking &= ~bit_if((inputs_[vc].allowed >> output_vc & 1U) == 0, vc);
        }
        if (asking != 0) {
            std::uint16_t& offered = offers[number_of(
                round_robin(asking, outputs_[output * vcs_ + output_vc].later_requests))];
            offered = static_cast<std::uint16_t>(offered | 1U << output_vc);
        }
    }
    for (; requests != 0; requests &= requests - 1) {
        const unsigned vc = number_of(requests);
        accept_vc(output, vc, offers[vc]);
    }
}

inline void Cycles::accept_vc(unsigned output, unsigned vc, unsigned offered) {
    if (offered == 0) {
        return;
    }
    InputVc& input = inputs_[vc];
    const auto later =
        static_cast<std::uint16_t>(input.later_vcs | ones_if(input.later_output != output));
    const std::uint16_t winner = round_robin(static_cast<std::uint16_t>(offered), later);
    input.later_vcs = behind(winner);
    input.later_output = static_cast<std::uint8_t>(output);
    const unsigned output_vc = output * vcs_ + number_of(winner);
    input.output_vc = static_cast<std::uint8_t>(output_vc);
    OutputVc& given = outputs_[output_vc];
    given.owner = static_cast<std::uint8_t>(vc);
    given.later_requests = behind(bit(vc));
    router_.free &= ~bit(output_vc);
    router_.requests[output] &= ~bit(vc);
    router_.active |= bit(vc);
    wait(vc, now_ + 1);
}

}  // namespace

void receive_at_routers(const Shape& shape, State& state) {
    for (const Moving& moving : state.flits_to[kToRouters].at(state.now)) {
        const std::uint32_t router = router_of(moving.to);
        if (Cycles(shape, state, router).receive(vc_of(moving.to), moving.flit)) {
            state.active_routers.insert(router);
        }
    }
    state.flits_to[kToRouters].clear(state.now);
}

void take_credits(const Shape& shape, State& state) {
    for (const Place place : state.credits_to[kToRouters].at(state.now)) {
        const std::uint32_t router = router_of(place);
        if (Cycles(shape, state, router).take_credit(vc_of(place))) {
            state.active_routers.insert(router);
        }
    }
    state.credits_to[kToRouters].clear(state.now);
}

void step_routers(const Shape& shape, State& state) {
    Outboxes outboxes(shape, state);
    state.active_routers.visit(
        [&](std::uint32_t router) { return Cycles(shape, state, router).step(outboxes); });
}

}  // namespace athena::fabric::mesh
