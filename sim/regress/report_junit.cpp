// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <sstream>

#include "sim/markup.h"
#include "sim/regress/report.h"

namespace athena::regress {

namespace {

constexpr std::size_t kTail = 4000;

// Other control characters are no XML characters; bytes above ASCII may be cut-off UTF-8.
std::string xml_text(std::string text) {
    for (char& c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < 0x20 && c != '\n' && c != '\t') || byte >= 0x7F) {
            c = '?';
        }
    }
    return sim::escaped(text);
}

std::string seconds(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3f", value);
    return text;
}

bool is_skipped(const Outcome& outcome) {
    return outcome.verdict == Verdict::NotRun || outcome.verdict == Verdict::Known;
}

}  // namespace

std::string junit_xml(const Report& report) {
    const Counts counts = count(report.outcomes);
    double total = 0;
    for (const Outcome& outcome : report.outcomes) {
        total += outcome.seconds;
    }
    std::ostringstream xml;
    xml << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\""
        << xml_text(report.suite) << "\" tests=\"" << report.outcomes.size() << "\" failures=\""
        << counts.failed << "\" errors=\"0\" skipped=\"" << counts.not_run + counts.known
        << "\" time=\"" << seconds(total) << "\">\n";
    for (const Outcome& outcome : report.outcomes) {
        xml << "<testcase classname=\"" << xml_text(report.suite) << "\" name=\""
            << xml_text(outcome.run->name) << "\" time=\"" << seconds(outcome.seconds) << "\"";
        if (outcome.verdict == Verdict::Passed) {
            xml << "/>\n";
        } else if (is_skipped(outcome)) {
            xml << "><skipped message=\"" << xml_text(outcome.reason) << "\"/></testcase>\n";
        } else {
            xml << "><failure type=\"" << name_of(outcome.verdict) << "\" message=\""
                << xml_text(outcome.reason) << "\">"
                << xml_text("again: " + tail_of(outcome.folder / "command.sh", kTail) +
                            "-- console\n" + tail_of(outcome.folder / "console.txt", kTail) +
                            "-- log\n" + tail_of(outcome.folder / "log.txt", kTail))
                << "</failure></testcase>\n";
        }
    }
    xml << "</testsuite>\n</testsuites>\n";
    return xml.str();
}

}  // namespace athena::regress
