// SPDX-License-Identifier: Apache-2.0
#include "sim/regress/report.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "sim/markup.h"

namespace athena::regress {

namespace {

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

std::string tail_of(const std::filesystem::path& path) {
    constexpr std::size_t kBytes = 4000;
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    const std::string all = text.str();
    return all.substr(all.size() - std::min(all.size(), kBytes));
}

std::string seconds(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3f", value);
    return text;
}

}  // namespace

std::string junit_xml(const Suite& suite, const std::vector<Outcome>& outcomes) {
    std::size_t failures = 0;
    std::size_t skipped = 0;
    double total = 0;
    for (const Outcome& outcome : outcomes) {
        skipped += outcome.verdict == Verdict::Stopped;
        failures += outcome.verdict != Verdict::Passed && outcome.verdict != Verdict::Stopped;
        total += outcome.seconds;
    }
    std::ostringstream xml;
    xml << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\""
        << xml_text(suite.name) << "\" tests=\"" << outcomes.size() << "\" failures=\"" << failures
        << "\" errors=\"0\" skipped=\"" << skipped << "\" time=\"" << seconds(total) << "\">\n";
    for (const Outcome& outcome : outcomes) {
        xml << "<testcase classname=\"" << xml_text(suite.name) << "\" name=\""
            << xml_text(outcome.run->name) << "\" time=\"" << seconds(outcome.seconds) << "\"";
        if (outcome.verdict == Verdict::Passed) {
            xml << "/>\n";
        } else if (outcome.verdict == Verdict::Stopped) {
            xml << "><skipped message=\"" << xml_text(outcome.reason) << "\"/></testcase>\n";
        } else {
            xml << "><failure message=\"" << xml_text(outcome.reason) << "\">"
                << xml_text("again: " + tail_of(outcome.folder / "command.sh") + "-- console\n" +
                            tail_of(outcome.folder / "console.txt") + "-- log\n" +
                            tail_of(outcome.folder / "log.txt"))
                << "</failure></testcase>\n";
        }
    }
    xml << "</testsuite>\n</testsuites>\n";
    return xml.str();
}

}  // namespace athena::regress
