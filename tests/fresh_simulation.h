// SPDX-License-Identifier: Apache-2.0
// A SystemC kernel of its own for each test case that runs one: the kernel refuses new modules once
// started.
#pragma once

#include <systemc>

namespace athena::test {

class FreshSimulation {
  public:
    FreshSimulation() : previous_(sc_core::sc_curr_simcontext) {
        sc_core::sc_curr_simcontext = new sc_core::sc_simcontext;
        sc_core::sc_default_global_context = sc_core::sc_curr_simcontext;
    }
    ~FreshSimulation() {
        // The kernel is left alive: modules of the test case may still be destroyed after it.
        sc_core::sc_curr_simcontext = previous_;
        sc_core::sc_default_global_context = previous_;
    }
    FreshSimulation(const FreshSimulation&) = delete;
    FreshSimulation& operator=(const FreshSimulation&) = delete;

  private:
    sc_core::sc_simcontext* previous_;
};

}  // namespace athena::test
