// SPDX-License-Identifier: Apache-2.0
#include "platform/simulation.h"

#include <systemc>

namespace athena::platform {

Simulation::Simulation() : context_(std::make_unique<sc_core::sc_simcontext>()) {
    // The end of a run is told by the program, in its own words.
    sc_core::sc_report_handler::set_actions("/OSCI/SystemC", sc_core::SC_INFO,
                                            sc_core::SC_DO_NOTHING);
}

Simulation::~Simulation() {
    const Scope scope(*this);
    context_.reset();
}

Simulation::Scope::Scope(const Simulation& simulation) : previous_(sc_core::sc_curr_simcontext) {
    sc_core::sc_curr_simcontext = simulation.context_.get();
    sc_core::sc_default_global_context = sc_core::sc_curr_simcontext;
}

Simulation::Scope::~Scope() {
    sc_core::sc_curr_simcontext = previous_;
    sc_core::sc_default_global_context = previous_;
}

}  // namespace athena::platform
