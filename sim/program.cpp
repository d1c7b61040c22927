// SPDX-License-Identifier: Apache-2.0
#include "sim/program.h"

#include <exception>
#include <iostream>
#include <new>
#include <systemc>

#include "base/diagnostics.h"
#include "base/host_memory.h"
#include "sim/cosim.h"
#include "sim/describe.h"
#include "sim/dts.h"
#include "sim/options.h"
#include "sim/regress/regress.h"
#include "sim/run.h"
#include "sim/tell.h"
#include "sim/terminal.h"
#include "sim/usage_error.h"

namespace athena::sim {

namespace {

struct Dispatch {
    const Options& options;
    const platform::DeviceKinds& devices;

    int operator()(const RunOptions& run_options) const {
        return run(run_options, options.command_line, devices);
    }
    int operator()(const DescribeOptions& describe_options) const {
        describe(describe_options, std::cout);
        return 0;
    }
    int operator()(const DtsOptions& dts_options) const {
        print_device_tree(dts_options, std::cout);
        return 0;
    }
    int operator()(const BoardsOptions& /*boards*/) const {
        print_boards(std::cout);
        return 0;
    }
    int operator()(const CosimOptions& cosim_options) const { return cosim(cosim_options); }
    int operator()(const trace::SummaryOptions& trace_options) const {
        trace::summarise(trace_options, std::cout);
        return 0;
    }
    int operator()(const regress::Options& regress_options) const {
        return regress::run(regress_options);
    }
};

/// What a command has printed has reached its reader.
void flush_output() {
    if (!std::cout.flush()) {
        throw UsageError("the standard output cannot be written");
    }
}

int fail(base::ExitStatus status, const char* text) {
    tell("athena: {}\n", text);
    return static_cast<int>(status);
}

}  // namespace

int run_program(int argc, const char* const* argv, const platform::DeviceKinds& devices) {
    hold_standard_descriptors();
    try {
        const auto parsed = parse_command_line(argc, argv);
        if (const auto* text = std::get_if<std::string>(&parsed)) {
            std::cout << *text;
            flush_output();
            return 0;
        }
        const auto& options = std::get<Options>(parsed);
        const int status = std::visit(Dispatch{options, devices}, options.command);
        flush_output();
        return status;
    } catch (const InterruptedError& error) {
        return fail(base::ExitStatus::Interrupted, error.what());
    } catch (const UsageError& error) {
        return fail(base::ExitStatus::Usage, error.what());
    } catch (const base::HostMemoryError& error) {
        return fail(base::ExitStatus::Usage, error.what());
    } catch (const std::bad_alloc&) {
        return fail(base::ExitStatus::Usage, base::HostMemoryError("the simulation").what());
    } catch (const std::exception& error) {
        return fail(base::ExitStatus::Simulator, error.what());
    }
}

}  // namespace athena::sim

// SystemC's own main, which prints a banner, is not used. It still wants this symbol.
int sc_main(int argc, char* argv[]) {
    return athena::sim::run_program(argc, argv);
}
