// SPDX-License-Identifier: Apache-2.0
// Breaks one rule of AXI4 responses, named by the argument, before athena_axi_burst_check, whose
// assertion stops the program. CTest wants to see that assertion's name.
#include <verilated.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "Vathena_axi_burst_check.h"

namespace {

class Bench {
  public:
    Bench() : top(&context_) {
        top.en_i = 1;
        top.rst_ni = 0;
        clock();
        top.rst_ni = 1;
    }
    ~Bench() { top.final(); }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    void clock() {
        top.clk_i = 0;
        top.eval();
        top.clk_i = 1;
        top.eval();
    }

    // A burst with ID 3 and its data
    void burst(unsigned beats, bool refuse) {
        top.address_i = 1;
        top.data_i = 1;
        top.id_i = 3;
        top.len_i = static_cast<unsigned char>(beats - 1);
        top.refuse_i = refuse ? 1 : 0;
        clock();
        top.address_i = 0;
        top.data_i = 0;
    }

    void answer(unsigned id, unsigned response, bool last) {
        top.valid_i = 1;
        top.ready_i = 1;
        top.response_id_i = static_cast<unsigned char>(id);
        top.response_i = static_cast<unsigned char>(response);
        top.last_i = last ? 1 : 0;
        clock();
        top.valid_i = 0;
    }

  private:
    VerilatedContext context_;

  public:
    Vathena_axi_burst_check top;
};

bool break_rule(Bench& bench, const std::string& rule) {
    if (rule == "no_burst") {
        bench.answer(3, 0, true);
    } else if (rule == "no_data") {
        bench.top.address_i = 1;
        bench.clock();
        bench.top.address_i = 0;
        bench.answer(0, 0, true);
    } else if (rule == "id") {
        bench.burst(1, false);
        bench.answer(2, 0, true);
    } else if (rule == "early_last") {
        bench.burst(2, false);
        bench.answer(3, 0, true);
    } else if (rule == "late_last") {
        bench.burst(1, false);
        bench.answer(3, 0, false);
    } else if (rule == "exclusive") {
        bench.burst(1, false);
        bench.answer(3, 1, true);
    } else if (rule == "not_refused") {
        bench.burst(1, true);
        bench.answer(3, 0, true);
    } else if (rule == "too_many") {
        for (unsigned i = 0; i < 9; ++i) {
            bench.burst(1, false);
        }
    } else if (rule == "none") {
        for (unsigned i = 0; i < 20; ++i) {
            bench.burst(2, i % 2 == 0);
            bench.answer(3, 2, false);
            bench.answer(3, 2, true);
        }
    } else {
        return false;
    }
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    std::setvbuf(stdout, nullptr, _IONBF, 0);
    std::signal(SIGABRT, [](int) { std::_Exit(1); });  // by which an assertion ends
    Bench bench;
    if (argc != 2 || !break_rule(bench, argv[1])) {
        std::puts("usage: break_response RULE");
        return 2;
    }
    std::puts("nothing noticed");
    return 0;
}
