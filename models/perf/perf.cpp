// SPDX-License-Identifier: Apache-2.0
#include "perf/perf.h"

#include <algorithm>
#include <string_view>

#include "base/state.h"
#include "regs/perf_regs.h"

namespace athena::perf {

namespace {

namespace regs = athena::regs::perf;

constexpr unsigned kBitsPerByte = 8;
constexpr unsigned kElementBytes = 8;
constexpr std::size_t kMostCharacters = regs::kNameCount * kElementBytes - 1;
constexpr std::uint64_t kMostSection = 0xFFFF;
constexpr std::uint32_t kStateVersion = 3;

// The characters of a register; what is not printable is shown as `?`.
void append(std::string& text, std::uint64_t characters) {
    for (; characters != 0; characters >>= kBitsPerByte) {
        const auto character = static_cast<char>(characters & 0xFF);
        text.push_back(character >= ' ' && character <= '~' ? character : '?');
    }
}

}  // namespace

/// Writes the tree down as a list of paths.
class Perf::Collector final : public base::StatisticsVisitor {
  public:
    explicit Collector(std::vector<Counter>& counters) : counters_(counters) {}

    void counter(std::string_view name, std::uint64_t value) override {
        counters_.push_back({path_ + std::string(name), value});
    }

    void enter(std::string_view name) override {
        lengths_.push_back(path_.size());
        path_.append(name).push_back('.');
    }

    void leave() override {
        path_.resize(lengths_.back());
        lengths_.pop_back();
    }

  private:
    std::vector<Counter>& counters_;
    std::string path_;                  // of the node, with a dot at the end
    std::vector<std::size_t> lengths_;  // of the paths of the nodes above
};

Perf::Perf(const sc_core::sc_module_name& name, const base::StatisticsSource& counted,
           const base::EventQueue& events)
    : sc_core::sc_module(name),
      socket("socket", *this),
      counted_(counted),
      events_(events),
      registers_(regs::kRegisters) {
    registers_.on_write(regs::kCaptureIndex,
                        [this](unsigned, std::uint64_t, std::uint64_t) { capture(); });
    registers_.on_write(regs::kSelectIndex,
                        [this](unsigned, std::uint64_t, std::uint64_t) { show(); });
    registers_.on_write(regs::kWorkIndex, [this](unsigned, std::uint64_t value, std::uint64_t) {
        registers_.set(regs::kWorkIndex, 0);
        add_work(value);
    });
    registers_.on_write(regs::kSectionIndex, [this](unsigned, std::uint64_t value, std::uint64_t) {
        registers_.set(regs::kSectionIndex, 0);
        name_section(value);
    });
    registers_.on_write(regs::kMarkIndex, [this](unsigned, std::uint64_t value, std::uint64_t) {
        registers_.set(regs::kMarkIndex, 0);
        if (observer_ != nullptr) {
            read_section_name(mark_);
            observer_->marked(mark_, static_cast<std::uint32_t>(value), events_.now().value);
        }
    });
}

void Perf::reset() {
    registers_.reset();
    counters_.clear();
}

void Perf::b_transport(unsigned /*port*/, tlm::tlm_generic_payload& payload,
                       sc_core::sc_time& /*delay*/) {
    registers_.transport(payload);
}

unsigned Perf::transport_dbg(unsigned /*port*/, tlm::tlm_generic_payload& payload) {
    return registers_.transport_dbg(payload);
}

void Perf::capture() {
    ++captures_;
    counters_.clear();
    Collector collector(counters_);
    counted_.report(collector);
    registers_.set(regs::kCountersIndex, counters_.size());
    registers_.set(regs::kTimeIndex, events_.now().value);
    show();
}

void Perf::add_work(std::uint64_t amount) {
    work_.amount += amount;
    work_.unit.clear();
    append(work_.unit, registers_.get(regs::kUnitIndex));
    std::ranges::replace(work_.unit, ' ', '?');
    if (work_.unit.empty()) {
        work_.unit = "units";
    }
}

// A number that no tag can hold names nothing.
void Perf::name_section(std::uint64_t number) {
    if (number == 0 || number > kMostSection) {
        return;
    }
    read_section_name(sections_[static_cast<std::uint16_t>(number)]);
}

void Perf::read_section_name(std::string& name) const {
    name.clear();
    for (unsigned element = 0; element < regs::kSectionNameCount; ++element) {
        const std::uint64_t characters = registers_.get(regs::kSectionNameIndex, element);
        append(name, characters);
        if (characters >> (kElementBytes - 1) * kBitsPerByte == 0) {
            break;
        }
    }
}

void Perf::show() {
    const std::uint64_t selected = registers_.get(regs::kSelectIndex);
    const bool is_there = selected < counters_.size();
    const std::string_view name = is_there ? std::string_view(counters_[selected].name) : "";
    registers_.set(regs::kValueIndex, is_there ? counters_[selected].value : 0);
    std::uint64_t elements[regs::kNameCount] = {};
    const std::string_view shown = name.substr(0, kMostCharacters);
    for (std::size_t i = 0; i < shown.size(); ++i) {
        elements[i / kElementBytes] |= std::uint64_t{static_cast<unsigned char>(shown[i])}
                                       << i % kElementBytes * kBitsPerByte;
    }
    for (unsigned element = 0; element < regs::kNameCount; ++element) {
        registers_.set(regs::kNameIndex, elements[element], element);
    }
}

void Perf::report(base::StatisticsVisitor& visitor) const {
    visitor.counter("captures", captures_);
    visitor.counter("work", work_.amount);
}

void Perf::save(base::StateWriter& writer) const {
    writer.begin("perf", kStateVersion);
    registers_.save(writer);
    writer.value("captures", captures_);
    writer.value("work", work_.amount);
    writer.text("unit", work_.unit);
    writer.value("counters", counters_.size());
    for (const Counter& counter : counters_) {
        writer.text("name", counter.name);
        writer.value("value", counter.value);
    }
    writer.value("sections", sections_.size());
    for (const auto& [number, name] : sections_) {
        writer.value("number", number);
        writer.text("name", name);
    }
    writer.end();
}

void Perf::load(base::StateReader& reader) {
    reader.begin("perf", kStateVersion);
    registers_.load(reader);
    captures_ = reader.value("captures");
    work_.amount = reader.value("work");
    work_.unit = reader.text("unit");
    counters_.clear();
    for (std::uint64_t left = reader.value("counters"); left != 0; --left) {
        std::string name = reader.text("name");
        const std::uint64_t value = reader.value("value");
        counters_.push_back({std::move(name), value});
    }
    sections_.clear();
    for (std::uint64_t left = reader.value("sections"); left != 0; --left) {
        const auto number = static_cast<std::uint16_t>(reader.value("number"));
        sections_[number] = reader.text("name");
    }
    reader.end();
}

}  // namespace athena::perf
