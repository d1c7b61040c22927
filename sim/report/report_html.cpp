// SPDX-License-Identifier: Apache-2.0
#include "sim/report/report.h"

namespace athena::sim {

std::string report_html(const Report& report) {
    return report_text(report);
}

}  // namespace athena::sim
