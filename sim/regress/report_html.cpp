// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <sstream>

#include "sim/markup.h"
#include "sim/regress/report.h"
#include "sim/regress/report_page.h"

namespace athena::regress {

namespace {

using sim::escaped;

constexpr std::size_t kTail = 3000;
constexpr std::size_t kMostTails = 300;  // pages have to open

std::string number(double value, const char* format) {
    char text[32];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

/// Failures first, then what has not run, known failures, what passed.
unsigned rank(const Outcome& outcome) {
    switch (outcome.verdict) {
        case Verdict::Passed:
            return 3;
        case Verdict::Known:
            return 2;
        case Verdict::NotRun:
            return 1;
        default:
            return 0;
    }
}

std::string_view kind(Verdict verdict) {
    switch (verdict) {
        case Verdict::Passed:
            return "good";
        case Verdict::Known:
        case Verdict::NotRun:
            return "idle";
        default:
            return "bad";
    }
}

/// A bar for each of the last invocations, as high as it was long, and the present one.
void write_trend(std::ostream& page, const Outcome& outcome, const std::vector<Past>& past) {
    std::vector<Past> all = past;
    if (outcome.verdict != Verdict::NotRun && !outcome.carried) {
        all.push_back({outcome.verdict, outcome.seconds});
    }
    if (all.size() > History::kKept) {
        all.erase(all.begin(), all.end() - History::kKept);
    }
    double longest = 0;
    std::size_t good = 0;
    for (const Past& one : all) {
        longest = std::max(longest, one.seconds);
        good += is_good(one.verdict) ? 1 : 0;
    }
    constexpr double kHeight = 18;
    constexpr std::size_t kStep = 5;
    page << "<svg class=\"trend\" width=\"" << History::kKept * kStep
         << "\" height=\"20\" role=\"img\" aria-label=\"" << good << " of the last " << all.size()
         << " passed\">";
    for (std::size_t i = 0; i < all.size(); ++i) {
        const double height = longest == 0 ? 2 : std::max(2.0, kHeight * all[i].seconds / longest);
        page << "<rect class=\"" << kind(all[i].verdict) << "\" x=\"" << i * kStep << "\" y=\""
             << number(20 - height, "%.1f") << "\" width=\"4\" height=\"" << number(height, "%.1f")
             << "\"><title>" << name_of(all[i].verdict) << ", " << number(all[i].seconds, "%.1f")
             << " s</title></rect>";
    }
    page << "</svg>";
}

bool is_wave(const std::filesystem::path& file) {
    return file.extension() == ".fst" || file.extension() == ".vcd";
}

/// Links to all files of the run, waveforms first.
void write_links(std::ostream& page, const Report& report, const Outcome& outcome) {
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(outcome.folder, error)) {
        if (entry.is_regular_file(error)) {
            files.push_back(entry.path());
        }
    }
    std::ranges::sort(files, [](const auto& a, const auto& b) {
        return is_wave(a) != is_wave(b) ? is_wave(a) : a.filename() < b.filename();
    });
    page << "<p class=\"files\">";
    for (const auto& file : files) {
        page << "<a href=\"" << escaped(file.lexically_relative(report.folder).string()) << "\""
             << (is_wave(file) ? " class=\"wave\"" : "") << '>' << escaped(file.filename().string())
             << "</a> ";
    }
    page << "</p>";
}

void write_details(std::ostream& page, const Report& report, const Outcome& outcome, bool tails) {
    page << "<div class=\"details\">";
    if (!outcome.run->settings.empty()) {
        page << "<p>";
        for (const auto& [key, value] : outcome.run->settings) {
            page << escaped(key) << " = " << escaped(value) << "&ensp;";
        }
        page << "</p>";
    }
    if (outcome.verdict != Verdict::NotRun) {
        page << "<p>again: <code>sh " << escaped((outcome.folder / "command.sh").string())
             << "</code></p>";
        write_links(page, report, outcome);
    }
    for (const char* const name : {"console.txt", "log.txt"}) {
        const std::string text = tails ? tail_of(outcome.folder / name, kTail) : "";
        if (!text.empty()) {
            page << "<h3>end of " << name << "</h3><pre>" << escaped(text) << "</pre>";
        }
    }
    page << "</div>";
}

void write_run(std::ostream& page, const Report& report, const Outcome& outcome, bool tails) {
    std::string words = outcome.run->name;
    for (const std::string& label : outcome.run->labels) {
        words += ' ' + label;
    }
    page << "<details class=\"run " << kind(outcome.verdict) << "\" data-words=\""
         << escaped(words + ' ' + std::string(name_of(outcome.verdict)) + ' ' + outcome.reason)
         << "\"><summary><span class=\"verdict\">" << name_of(outcome.verdict)
         << "</span><span class=\"name\">" << escaped(outcome.run->name);
    for (const std::string& label : outcome.run->labels) {
        page << " <i>" << escaped(label) << "</i>";
    }
    page << "</span><span class=\"reason\">" << escaped(outcome.reason)
         << "</span><span class=\"seconds\">" << number(outcome.seconds, "%.1f") << " s"
         << (outcome.carried ? " (earlier)" : "") << "</span>";
    write_trend(page, outcome, report.history.of(outcome.run->name));
    page << "</summary>";
    write_details(page, report, outcome, tails);
    page << "</details>\n";
}

}  // namespace

std::string report_html(const Report& report) {
    std::vector<const Outcome*> order;
    for (const Outcome& outcome : report.outcomes) {
        order.push_back(&outcome);
    }
    std::ranges::stable_sort(order, {}, [](const Outcome* outcome) { return rank(*outcome); });
    const Counts counts = count(report.outcomes);
    const bool good = counts.failed + counts.not_run == 0;
    std::ostringstream page;
    page << "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
            "<meta name=\"viewport\" content=\"width=device-width\"><title>"
         << (good ? "ok" : "failed") << ": " << escaped(report.suite) << "</title><style>"
         << kPageStyle << "</style></head><body>\n<header><h1>" << escaped(report.suite)
         << "</h1><p>" << escaped(report.started) << (report.ended ? "" : ", not ended")
         << "</p><dl><div class=\"bad\"><dt>failed</dt><dd>" << counts.failed
         << "</dd></div><div class=\"idle\"><dt>not run</dt><dd>" << counts.not_run
         << "</dd></div><div class=\"idle\"><dt>known</dt><dd>" << counts.known
         << "</dd></div><div class=\"good\"><dt>passed</dt><dd>" << counts.passed
         << "</dd></div></dl>\n<label>Search <input id=\"search\" type=\"search\" "
            "autocomplete=\"off\"></label> <label><input id=\"bad\" type=\"checkbox\"> only what "
            "failed</label> <span id=\"shown\" role=\"status\"></span><p "
            "class=\"keys\"><kbd>/</kbd> "
            "search, <kbd>j</kbd> <kbd>k</kbd> next and previous run, <kbd>Enter</kbd> opens it, "
            "<kbd>f</kbd> only what failed. Bars: the last "
         << History::kKept << " invocations, as high as they were long.</p></header>\n<main>\n";
    std::size_t tails = 0;
    for (const Outcome* outcome : order) {
        const bool has_tail = rank(*outcome) == 0 && tails < kMostTails;
        tails += has_tail ? 1 : 0;
        write_run(page, report, *outcome, has_tail);
    }
    page << "</main><script>" << kPageScript << "</script></body></html>\n";
    return page.str();
}

}  // namespace athena::regress
