// SPDX-License-Identifier: Apache-2.0
// One cycle of the routers: allocation of channels and of the switch, and what is sent. Both
// allocations are iSLIP with one iteration: each output grants to the next input that asks, each
// input accepts the next output that granted, and pointers move behind what was accepted.
//
// A few instructions more cost less than a branch that nobody can foresee. So all routers allocate
// first, then all flits are sent, then tails give back their channels: long loops without choices.
#include <array>
#include <bit>

#include "fabric/mesh_bits.h"
#include "fabric/mesh_state.h"

namespace athena::fabric::mesh {

namespace {

constexpr unsigned kAllPorts = (1U << kPorts) - 1;

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

// What of the shape is fixed at compile time: `kVcs` channels of a port, 0: any number.
template <unsigned kVcs>
class Ports {
  public:
    explicit Ports(const Shape& shape) : shape_(shape) {}

    [[nodiscard]] unsigned vcs() const { return kVcs != 0 ? kVcs : shape_.vcs; }
    [[nodiscard]] unsigned all_vcs() const { return kPorts * vcs(); }
    [[nodiscard]] unsigned port_of(unsigned vc) const {
        return kVcs != 0 ? vc / vcs() : shape_.port_of[vc];
    }
    [[nodiscard]] std::uint64_t of_port(unsigned port) const {
        return (bit(vcs()) - 1) << port * vcs();
    }
    /// All that comes behind a port; behind the last is nothing.
    [[nodiscard]] std::uint64_t behind_port(unsigned port) const {
        return ~std::uint64_t{0} << (port + 1) * vcs();
    }

  private:
    const Shape& shape_;
};

// Of one router: which flits get the switch.
template <unsigned kVcs>
class SwitchAllocation {
  public:
    SwitchAllocation(const Shape& shape, RouterState& router) : ports_(shape), router_(router) {}

    // Of those that are able to send, the input VCs that do.
    [[nodiscard]] std::uint64_t run(std::uint64_t able) const {
        return has_two(able) && has_rivals(able) ? allocate(able) : able;
    }
    void count_stalls(std::uint64_t waiting, std::uint64_t sending);

  private:
    [[nodiscard]] bool has_rivals(std::uint64_t able) const;
    [[nodiscard]] std::uint64_t allocate(std::uint64_t able) const;

    const Ports<kVcs> ports_;
    RouterState& router_;
};

// Whether two want the same output or are of the same input.
template <unsigned kVcs>
inline bool SwitchAllocation<kVcs>::has_rivals(std::uint64_t able) const {
    std::uint64_t rivals = 0;
    for (unsigned port = 0; port < kPorts; ++port) {
        const std::uint64_t of_output = able & router_.to[port];
        const std::uint64_t of_input = able & ports_.of_port(port);
        rivals |= (of_output & (of_output - 1)) | (of_input & (of_input - 1));
    }
    return rivals != 0;
}

// Each output grants to an input, each input accepts an output, for which the next of its VCs
// sends.
template <unsigned kVcs>
std::uint64_t SwitchAllocation<kVcs>::allocate(std::uint64_t able) const {
    const std::uint64_t none = bit(ports_.all_vcs());  // is of no input
    std::uint64_t granted = 0;                         // by input, a byte each: outputs
    for (unsigned output = 0; output < kPorts; ++output) {
        const std::uint64_t ready = able & router_.to[output];
        const std::uint64_t later = ready & ports_.behind_port(router_.last_input[output]);
        const unsigned input =
            ports_.port_of(number_of_lowest((later != 0 ? later : ready) | none));
        granted |= bit(input * 8 + output);
    }
    std::uint64_t sending = 0;
    for (granted &= bit(kPorts * 8) - 1; granted != 0;) {
        const unsigned input = number_of_lowest(granted) / 8;
        const unsigned output =
            kAccepted[router_.last_output[input] + 1][granted >> input * 8 & kAllPorts];
        granted &= ~(std::uint64_t{kAllPorts} << input * 8);
        const std::uint64_t ready = able & router_.to[output] & ports_.of_port(input);
        sending |= round_robin(ready, behind(bit(router_.last_vc[input])));
    }
    return sending;
}

// An output for which flits wait and none is sent.
template <unsigned kVcs>
inline void SwitchAllocation<kVcs>::count_stalls(std::uint64_t waiting, std::uint64_t sending) {
    for (unsigned output = 0; output < kPorts; ++output) {
        const std::uint64_t to = router_.to[output];
        router_.stalled[output] +=
            std::uint64_t{(waiting & to) != 0} & std::uint64_t{(sending & to) == 0};
    }
}

// Of one router: which heads get which channels.
template <unsigned kVcs>
class VcAllocation {
  public:
    VcAllocation(const Shape& shape, State& state, std::uint32_t number)
        : shape_(shape),
          ports_(shape),
          state_(state),
          number_(number),
          router_(state.routers[number]),
          inputs_(&state.input_vcs[number * ports_.all_vcs()]),
          outputs_(&state.output_vcs[number * ports_.all_vcs()]) {}

    void run();
    // Whether a head asks for something that is free.
    [[nodiscard]] bool can_allocate() const;

  private:
    void share(unsigned output, std::uint64_t requests);
    void accept(unsigned vc, std::uint64_t offered);
    [[nodiscard]] std::uint64_t outputs_for(unsigned vc) const;

    const Shape& shape_;
    const Ports<kVcs> ports_;
    State& state_;
    const std::uint32_t number_;
    RouterState& router_;
    InputVc* const inputs_;
    OutputVc* const outputs_;
};

template <unsigned kVcs>
std::uint64_t VcAllocation<kVcs>::outputs_for(unsigned vc) const {
    const std::uint64_t allowed = state_.packets[inputs_[vc].packet].allowed;
    return router_.free & allowed << ports_.port_of(inputs_[vc].output_vc) * ports_.vcs();
}

template <unsigned kVcs>
bool VcAllocation<kVcs>::can_allocate() const {
    std::uint64_t can = 0;
    for (std::uint64_t left = router_.requests; left != 0; left &= left - 1) {
        can |= outputs_for(number_of_lowest(left));
    }
    return can != 0;
}

// No request is for VCs of two outputs, so each output is for itself: all its free VCs are offered
// to the only one that asks.
template <unsigned kVcs>
inline void VcAllocation<kVcs>::run() {
    for (std::uint64_t left = router_.requests; left != 0;) {
        const unsigned vc = number_of_lowest(left);
        const unsigned output = ports_.port_of(inputs_[vc].output_vc);
        const std::uint64_t rivals = left & router_.to[output];
        left &= ~rivals;
        if (has_two(rivals)) {
            share(output, rivals);
        } else {
            accept(vc, outputs_for(vc));
        }
    }
}

// Each free VC of the output is offered to one of those that ask for it.
template <unsigned kVcs>
void VcAllocation<kVcs>::share(unsigned output, std::uint64_t requests) {
    std::uint64_t offers[64];
    std::uint64_t restricted = 0;
    for (std::uint64_t left = requests; left != 0; left &= left - 1) {
        const unsigned vc = number_of_lowest(left);
        offers[vc] = 0;
        restricted |= bit_if(state_.packets[inputs_[vc].packet].allowed != shape_.all_vcs, vc);
    }
    for (std::uint64_t free = router_.free & ports_.of_port(output); free != 0; free &= free - 1) {
        const unsigned output_vc = number_of_lowest(free);
        std::uint64_t asking = requests;
        for (std::uint64_t left = restricted; left != 0; left &= left - 1) {
            const unsigned vc = number_of_lowest(left);
            asking &= ~bit_if((outputs_for(vc) & bit(output_vc)) == 0, vc);
        }
        if (asking != 0) {
            const std::uint64_t later = behind(bit(outputs_[output_vc].last_request));
            offers[number_of_lowest(round_robin(asking, later))] |= bit(output_vc);
        }
    }
    for (; requests != 0; requests &= requests - 1) {
        const unsigned vc = number_of_lowest(requests);
        accept(vc, offers[vc]);
    }
}

template <unsigned kVcs>
inline void VcAllocation<kVcs>::accept(unsigned vc, std::uint64_t offered) {
    if (offered == 0) {
        return;
    }
    InputVc& input = inputs_[vc];
    const std::uint64_t winner = round_robin(offered, behind(bit(input.last_grant)));
    const unsigned output_vc = number_of_lowest(winner);
    const unsigned output = ports_.port_of(output_vc);
    input.last_grant = static_cast<std::uint16_t>(output_vc);
    input.output_vc = static_cast<std::uint16_t>(output_vc);
    input.next = shape_.sites[number_].downstream[output] + (output_vc - output * ports_.vcs());
    input.kind = output == kLocal ? kToNodes : kHeads;
    OutputVc& given = outputs_[output_vc];
    given.owner = static_cast<std::uint16_t>(vc);
    given.last_request = static_cast<std::uint16_t>(vc);
    router_.free &= ~winner;
    router_.requests &= ~bit(vc);
    router_.active |= bit(vc);
    // It can ask for the switch in the next cycle.
    if (given.credits != 0) {
        router_.can_send |= bit(vc);
        state_.active_routers.insert(number_);
    } else {
        starve(router_, bit(vc), state_.now + 1);
    }
}

// Input VCs as places behind each other. Most routers send one flit at most.
inline Place* append(Place* end, std::uint32_t router, std::uint64_t vcs) {
    const Place first = make_place(router, 0);
    *end = first + number_of_lowest(vcs | bit(63));
    end += vcs != 0;
    for (vcs &= vcs - 1; vcs != 0; vcs &= vcs - 1) {
        *end++ = first + number_of_lowest(vcs);
    }
    return end;
}

// Writes those that sent a tail from `emptied` on, and returns their end.
template <unsigned kVcs>
Place* send(const Shape& shape, State& state, const Place* begin, const Place* end,
            Place* emptied) {
    const Cycle flits_at[3] = {state.now + shape.flit_delay, state.now + shape.head_delay,
                               state.now + shape.eject_delay};
    const Cycle credits_at[2] = {state.now + shape.credit_delay,
                                 state.now + shape.source_credit_delay};
    Moving* flits[3];
    Place* credits[2];
    for (unsigned kind = 0; kind < 3; ++kind) {
        flits[kind] = state.flits[kind].end(flits_at[kind]);
    }
    for (unsigned kind = 0; kind < 2; ++kind) {
        credits[kind] = state.credits[kind].end(credits_at[kind]);
    }
    const Ports<kVcs> ports(shape);
    ActiveSet& active_routers = state.active_routers;
    RouterState* const routers = state.routers.data();
    InputVc* const input_vcs = state.input_vcs.data();
    OutputVc* const output_vcs = state.output_vcs.data();
    for (; begin != end; ++begin) {
        const unsigned vc = vc_of(*begin);
        const std::size_t first = number_of(*begin) * ports.all_vcs();
        RouterState& router = routers[number_of(*begin)];
        InputVc& from = input_vcs[first + vc];
        const unsigned input = ports.port_of(vc);
        const unsigned output = ports.port_of(from.output_vc);
        router.last_vc[input] = static_cast<std::uint16_t>(vc);
        router.last_input[output] = static_cast<std::uint16_t>(input);
        router.last_output[input] = static_cast<std::uint16_t>(output);
        ++router.sent[output];
        const bool is_tail = --from.left == 0;
        *flits[from.kind]++ = {from.next, make_flit(from.packet, is_tail)};
        from.kind &= kToNodes;  // no head any more
        *credits[input == kLocal]++ = from.credits_to;
        const bool is_empty = ++from.sent == from.received;
        router.filled &= ~bit_if(is_empty, vc);
        bool has_more = !is_empty & !is_tail;
        if (--output_vcs[first + from.output_vc].credits == 0) {
            router.can_send &= ~bit(vc);
            if (has_more) {
                starve(router, bit(vc), state.now + 1);
                has_more = false;
            }
        }
        active_routers.insert_if(has_more, number_of(*begin));
        *emptied = *begin;
        emptied += is_tail;
    }
    for (unsigned kind = 0; kind < 3; ++kind) {
        state.flits[kind].set_end(flits_at[kind], flits[kind]);
    }
    for (unsigned kind = 0; kind < 2; ++kind) {
        state.credits[kind].set_end(credits_at[kind], credits[kind]);
    }
    return emptied;
}

// A channel that a tail leaves can be asked for in the next cycle.
template <unsigned kVcs>
void leave(const Shape& shape, State& state, Place place) {
    const Ports<kVcs> ports(shape);
    RouterState& router = state.routers[number_of(place)];
    const std::size_t first = number_of(place) * ports.all_vcs();
    const InputVc& input = state.input_vcs[first + vc_of(place)];
    const std::uint64_t vc = bit(vc_of(place));
    const unsigned output = ports.port_of(input.output_vc);
    state.output_vcs[first + input.output_vc].owner = kNoVc;
    router.free |= bit(input.output_vc);
    router.active &= ~vc;
    router.can_send &= ~vc;
    router.to[output] &= ~vc;
    router.left = (router.left & ones_if(router.left_in == state.now)) | vc;
    router.left_in = state.now;
    if (input.behind != 0) {
        bring_to_front(shape, state, place);
    }
    if ((router.requests & (router.to[output] | vc)) != 0 &&
        VcAllocation<kVcs>(shape, state, number_of(place)).can_allocate()) {
        state.asking_routers.insert(number_of(place));
    }
}

// Writes the input VCs that send, and returns their end.
template <unsigned kVcs>
Place* allocate_switches(const Shape& shape, State& state, Place* senders) {
    state.active_routers.visit([&](std::uint32_t number) {
        RouterState& router = state.routers[number];
        const std::uint64_t waiting = router.filled & router.active;
        const std::uint64_t able = waiting & router.can_send;
        SwitchAllocation<kVcs> allocation(shape, router);
        const std::uint64_t sending = allocation.run(able);
        if (waiting != sending) {
            account_starvation(router, state.now);
            router.starved_since = state.now + 1;
            allocation.count_stalls(waiting, sending);
        }
        senders = append(senders, number, sending);
        return able != sending;
    });
    return senders;
}

template <unsigned kVcs>
void allocate_vcs(const Shape& shape, State& state) {
    state.asking_routers.visit([&](std::uint32_t number) {
        VcAllocation<kVcs> allocation(shape, state, number);
        RouterState& router = state.routers[number];
        allocation.run();
        router.requests |= router.routing;
        router.routing = 0;
        return router.requests != 0 && allocation.can_allocate();
    });
}

template <unsigned kVcs>
void step(const Shape& shape, State& state) {
    Place* const senders = state.senders.data();
    Place* const emptied = state.emptied.data();
    const Place* const end_of_senders = allocate_switches<kVcs>(shape, state, senders);
    allocate_vcs<kVcs>(shape, state);
    const Place* const end_of_emptied = send<kVcs>(shape, state, senders, end_of_senders, emptied);
    for (const Place* place = emptied; place != end_of_emptied; ++place) {
        leave<kVcs>(shape, state, *place);
    }
}

}  // namespace

void step_routers(const Shape& shape, State& state) {
    if (shape.vcs == 4) {
        step<4>(shape, state);
    } else {
        step<0>(shape, state);
    }
}

}  // namespace athena::fabric::mesh
