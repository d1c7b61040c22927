// SPDX-License-Identifier: Apache-2.0
// Reads of 256 bytes at a given rate, or as fast as the fabric takes them.
#pragma once

#include <cstdint>
#include <deque>
#include <random>
#include <vector>

#include "base/event_queue.h"
#include "base/route.h"
#include "base/sockets.h"

namespace athena::bench {

class Generator : public sc_core::sc_module, private base::Initiator, private base::EventTarget {
  public:
    struct Config {
        std::uint64_t first = 0;        ///< of the addresses
        std::uint64_t size = 0;         ///< multiple of kBytes
        bool random = false;            ///< else ascending
        std::uint64_t period_ps = 0;    ///< from one to the next; 0: as fast as possible
        std::uint32_t outstanding = 0;  ///< without response
        std::uint64_t seed = 1;
    };
    static constexpr std::uint64_t kBytes = 256;

    Generator(const sc_core::sc_module_name& name, const Config& config, base::EventQueue& events)
        : sc_core::sc_module(name),
          socket("socket", *this),
          config_(config),
          events_(events),
          id_(events.add_target(this->name(), *this)),
          random_(config.seed),
          next_(config.first) {
        for (std::uint32_t i = 0; i < config.outstanding; ++i) {
            Access& access = accesses_.emplace_back();
            access.set_read();
            access.set_data_ptr(access.data.data());
            access.set_data_length(kBytes);
            access.set_streaming_width(kBytes);
            access.set_extension(&access.route);
            free_.push_back(&access);
        }
        events.schedule(events.now(), id_, 0);
    }
    ~Generator() override {
        for (Access& access : accesses_) {
            access.clear_extension(&access.route);
        }
    }
    base::InitiatorSocket socket;
    std::uint64_t done = 0;

  private:
    struct Access : tlm::tlm_generic_payload {
        std::array<unsigned char, kBytes> data{};
        base::Route route;
    };

    void on_event(std::uint32_t, std::uint64_t) override {
        if (config_.period_ps != 0) {
            ++due_;
            events_.schedule(events_.now() + base::Picoseconds{config_.period_ps}, id_, 0);
        }
        send();
    }
    std::uint64_t address() {
        if (config_.random) {
            return config_.first + random_() % (config_.size / kBytes) * kBytes;
        }
        const std::uint64_t address = next_;
        next_ += kBytes;
        if (next_ == config_.first + config_.size) {
            next_ = config_.first;
        }
        return address;
    }
    void send() {
        while (!open_ && !free_.empty() && (config_.period_ps == 0 || due_ != 0)) {
            due_ -= config_.period_ps == 0 ? 0 : 1;
            Access& access = *free_.back();
            free_.pop_back();
            access.set_address(address());
            access.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
            open_ = true;
            tlm::tlm_phase phase = tlm::BEGIN_REQ;
            sc_core::sc_time delay;
            open_ = socket->nb_transport_fw(access, phase, delay) == tlm::TLM_ACCEPTED;
        }
    }
    tlm::tlm_sync_enum nb_transport_bw(unsigned, tlm::tlm_generic_payload& payload,
                                       tlm::tlm_phase& phase, sc_core::sc_time&) override {
        if (phase == tlm::BEGIN_RESP) {
            free_.push_back(&static_cast<Access&>(payload));
            ++done;
        } else {
            open_ = false;
        }
        send();
        return phase == tlm::BEGIN_RESP ? tlm::TLM_COMPLETED : tlm::TLM_ACCEPTED;
    }

    Config config_;
    base::EventQueue& events_;
    base::EventQueue::TargetId id_;
    std::mt19937_64 random_;
    std::uint64_t next_;
    std::uint64_t due_ = 0;
    std::deque<Access> accesses_;
    std::vector<Access*> free_;
    bool open_ = false;
};

}  // namespace athena::bench
