// SPDX-License-Identifier: Apache-2.0
#include "tile/verilated_tile.h"

#include <verilated.h>
#include <verilated_fst_c.h>
#include <verilated_save.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "Vathena_tile.h"
#include "Vathena_tile___024root.h"
#include "regs/tile_regs.h"
#include "runtime/verilated_print.h"
#include "tile/verilated_back_door.h"
#include "tile/verilated_port.h"

namespace athena::tile {

namespace {

constexpr unsigned kResetCycles = 2;
constexpr std::uint64_t kNoTime = std::uint64_t{1} << 63;  // of a waveform: behind all of them

// Verilator's serializers write and read files; these do so with memory.
class Saver final : public VerilatedSerialize {
  public:
    void flush() override {
        const auto* first = reinterpret_cast<const std::byte*>(m_bufp);
        data_.insert(data_.end(), first, first + (m_cp - m_bufp));
        m_cp = m_bufp;
    }
    [[nodiscard]] std::vector<std::byte> take() {
        flush();
        return std::move(data_);
    }

  private:
    std::vector<std::byte> data_;
};

class Loader final : public VerilatedDeserialize {
  public:
    explicit Loader(std::span<const std::byte> data) : data_(data) {
        m_endp = m_bufp;
        fill();
    }

  private:
    // Moves what is left to the buffer's beginning. Beyond the end of the data come zeros, because
    // the reader wants to see more than it takes.
    void fill() override {
        const std::size_t left = static_cast<std::size_t>(m_endp - m_cp);
        std::memmove(m_bufp, m_cp, left);
        m_cp = m_bufp;
        const std::size_t room = bufferSize() - left;
        const std::size_t count = std::min(room, data_.size());
        std::memcpy(m_bufp + left, data_.data(), count);
        std::memset(m_bufp + left + count, 0, room - count);
        data_ = data_.subspan(count);
        m_endp = m_bufp + bufferSize();
    }

    std::span<const std::byte> data_;
};

struct Context : VerilatedContext {
    Context() {
        threads(1);
        traceEverOn(true);
        fatalOnError(false);  // VerilatedTile::failed() tells of a failed assertion
    }
    ~Context() { rtl::capture_error(nullptr); }
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    std::string error;  // the first one that its model printed
};

}  // namespace

struct VerilatedTile::Model {
    Model() : rtl(&context, "tile") {}
    ~Model() { enter(); }

    /// Verilator's runtime finds the context by the thread, which other instances share.
    void enter() {
        Verilated::threadContextp(&context);
        rtl::capture_error(&context.error);
    }

    /// Behind each change of the clock; only while a waveform is wanted.
    void dump() {
        const std::uint64_t cycle = wave_time / 2;
        if (cycle >= wave_first && cycle < wave_last) {
            if (!wave->isOpen()) {
                wave->open(wave_file.c_str());
            }
            wave->dump(wave_time);
        } else if (cycle >= wave_last && wave->isOpen()) {
            wave->close();
        }
        ++wave_time;
    }

    /// Cycles without a look at the ports.
    void clock(std::uint64_t count) {
        for (; count != 0; --count) {
            rtl.clk_i = 0;
            rtl.eval();
            rtl.clk_i = 1;
            rtl.eval();
        }
    }

    [[nodiscard]] std::vector<std::byte> save() {
        Saver saver;
        saver << rtl;
        return saver.take();
    }
    void load(std::span<const std::byte> data) {
        Loader loader(data);
        loader >> rtl;
    }

    // Of another design than ours the state is kept, an access takes place by the port, and the
    // state is restored.
    template <typename Root>
    void peek(Root& root, std::uint64_t offset, std::span<std::byte> data) {
        if constexpr (back_door::Known<Root>) {
            std::copy_n(back_door::l1(root) + offset, data.size(), data.begin());
        } else if (!read_apart(offset, data, kLineSize)) {
            port_failed = true;
        }
    }
    template <typename Root>
    void poke(Root& root, std::uint64_t offset, std::span<const std::byte> data) {
        if constexpr (back_door::Known<Root>) {
            std::ranges::copy(data, back_door::l1(root) + offset);
        } else {
            enter();
            port_failed |= !VerilatedPort(rtl).write(offset, data);
        }
    }
    template <typename Root>
    std::optional<std::uint64_t> register_value(Root& root, std::uint64_t offset) {
        if constexpr (back_door::Known<Root>) {
            return back_door::register_value(root, config(), offset);
        } else {
            std::array<std::byte, sizeof(std::uint64_t)> bytes{};
            if (!read_apart(kRegistersWindow + offset, bytes, kRegisterSize)) {
                return std::nullopt;
            }
            std::uint64_t value = 0;
            std::memcpy(&value, bytes.data(), sizeof value);
            return value;
        }
    }
    bool read_apart(std::uint64_t offset, std::span<std::byte> data, unsigned size) {
        enter();
        const std::vector<std::byte> state = save();
        const bool ok = VerilatedPort(rtl).read(offset, data, size);
        load(state);
        return ok;
    }

    static constexpr unsigned kLineSize = 6;
    static constexpr unsigned kRegisterSize = 3;
    bool port_failed = false;
    Context context;
    Vathena_tile rtl;
    std::unique_ptr<VerilatedFstC> wave;
    std::string wave_file;
    std::uint64_t wave_first = 0;  // cycle
    std::uint64_t wave_last = 0;
    std::uint64_t wave_time = 0;  // in half cycles since reset
};

const TileConfig& VerilatedTile::config() {
    static constexpr TileConfig kConfig{.rows = ATHENA_TILE_ROWS,
                                        .columns = ATHENA_TILE_COLS,
                                        .l1_bytes = ATHENA_TILE_L1_BYTES,
                                        .queue_depth = ATHENA_TILE_QUEUE_DEPTH};
    return kConfig;
}

bool VerilatedTile::is_ours() {
    return back_door::Known<Vathena_tile___024root>;
}

VerilatedTile::VerilatedTile() : model_(std::make_unique<Model>()) {
    reset();
}

VerilatedTile::~VerilatedTile() = default;

void VerilatedTile::reset() {
    inputs = TileInputs{};
    model_->enter();
    model_->wave_time = kNoTime;
    model_->rtl.rst_ni = 0;
    for (unsigned i = 0; i < kResetCycles; ++i) {
        cycle();
    }
    model_->rtl.rst_ni = 1;
    model_->rtl.eval();
    model_->wave_time = 0;
    model_->context.gotError(false);
    model_->context.error.clear();
    sample_behind();
}

void VerilatedTile::apply() {
    Vathena_tile& rtl = model_->rtl;
    rtl.s_axi_awvalid_i = inputs.aw.valid ? 1 : 0;
    if (inputs.aw.valid) {
        rtl.s_axi_awid_i = inputs.aw.id;
        rtl.s_axi_awaddr_i = inputs.aw.address;
        rtl.s_axi_awlen_i = inputs.aw.length;
        rtl.s_axi_awsize_i = inputs.aw.size;
        rtl.s_axi_awburst_i = static_cast<CData>(inputs.aw.burst);
    }
    rtl.s_axi_wvalid_i = inputs.w_valid ? 1 : 0;
    if (inputs.w_valid) {
        std::memcpy(&rtl.s_axi_wdata_i, inputs.w_data.data(), inputs.w_data.size());
        rtl.s_axi_wstrb_i = inputs.w_strobe;
        rtl.s_axi_wlast_i = inputs.w_last ? 1 : 0;
    }
    rtl.s_axi_bready_i = inputs.b_ready ? 1 : 0;
    rtl.s_axi_arvalid_i = inputs.ar.valid ? 1 : 0;
    if (inputs.ar.valid) {
        rtl.s_axi_arid_i = inputs.ar.id;
        rtl.s_axi_araddr_i = inputs.ar.address;
        rtl.s_axi_arlen_i = inputs.ar.length;
        rtl.s_axi_arsize_i = inputs.ar.size;
        rtl.s_axi_arburst_i = static_cast<CData>(inputs.ar.burst);
    }
    rtl.s_axi_rready_i = inputs.r_ready ? 1 : 0;
    rtl.completion_ready_i = inputs.completion_ready && !record_came_ ? 1 : 0;
    record_came_ = false;
}

void VerilatedTile::sample_before() {
    const Vathena_tile& rtl = model_->rtl;
    outputs_.aw_ready = rtl.s_axi_awready_o != 0;
    outputs_.w_ready = rtl.s_axi_wready_o != 0;
    outputs_.ar_ready = rtl.s_axi_arready_o != 0;
    outputs_.b_valid = rtl.s_axi_bvalid_o != 0;
    if (outputs_.b_valid) {
        outputs_.b_id = rtl.s_axi_bid_o;
        outputs_.b_response = rtl.s_axi_bresp_o;
    }
    outputs_.r_valid = rtl.s_axi_rvalid_o != 0;
    if (outputs_.r_valid) {
        outputs_.r_id = rtl.s_axi_rid_o;
        outputs_.r_response = rtl.s_axi_rresp_o;
        outputs_.r_last = rtl.s_axi_rlast_o != 0;
        std::memcpy(outputs_.r_data.data(), &rtl.s_axi_rdata_o, outputs_.r_data.size());
    }
}

void VerilatedTile::sample_behind() {
    const Vathena_tile& rtl = model_->rtl;
    outputs_.irq = rtl.irq_o != 0;
    outputs_.idle = rtl.idle_o != 0;
    outputs_.completion_valid = rtl.completion_valid_o != 0;
    outputs_.completion_tag = rtl.completion_tag_o;
    outputs_.completion_status = rtl.completion_status_o;
}

void VerilatedTile::clock(bool level) {
    model_->rtl.clk_i = level ? 1 : 0;
    model_->rtl.eval();
    if (model_->wave) [[unlikely]] {
        model_->dump();
    }
}

const TileOutputs& VerilatedTile::cycle() {
    model_->enter();
    apply();
    clock(false);
    sample_before();
    clock(true);
    sample_behind();
    return outputs_;
}

std::uint64_t VerilatedTile::run_quiet(std::uint64_t most) {
    Vathena_tile& rtl = model_->rtl;
    model_->enter();
    apply();
    const CData level = rtl.irq_o;
    std::uint64_t done = 0;
    while (done < most) {
        clock(false);
        clock(true);
        ++done;
        if (rtl.completion_valid_o != 0 || rtl.irq_o != level || rtl.idle_o != 0) {
            break;
        }
    }
    sample_before();
    sample_behind();
    return done;
}

void VerilatedTile::skip(std::uint64_t count) {
    model_->wave_time += 2 * count;
    if (back_door::add_cycles(*model_->rtl.rootp, count)) {
        return;
    }
    model_->enter();
    inputs = TileInputs{};
    inputs.completion_ready = true;
    apply();
    model_->clock(count);
    sample_before();
    sample_behind();
}

void VerilatedTile::peek(std::uint64_t offset, std::span<std::byte> data) const {
    model_->peek(*model_->rtl.rootp, offset, data);
}

void VerilatedTile::poke(std::uint64_t offset, std::span<const std::byte> data) {
    model_->poke(*model_->rtl.rootp, offset, data);
    // A record that came up meanwhile is shown for a cycle of its own before it can be taken.
    record_came_ = !outputs_.completion_valid && model_->rtl.completion_valid_o != 0;
}

std::optional<std::uint64_t> VerilatedTile::register_value(std::uint64_t offset) const {
    return model_->register_value(*model_->rtl.rootp, offset);
}

std::vector<std::byte> VerilatedTile::save() const {
    return model_->save();
}

void VerilatedTile::load(std::span<const std::byte> data) {
    model_->load(data);
    inputs = TileInputs{};
    sample_behind();
}

void VerilatedTile::wave(const std::string& file, std::uint64_t first, std::uint64_t last,
                         std::uint64_t now) {
    model_->enter();
    model_->wave_time = 2 * now;
    model_->wave_file = file;
    model_->wave_first = first;
    model_->wave_last = last;
    if (model_->wave && file.empty()) {
        model_->wave->close();
        model_->wave_last = 0;
    } else if (!model_->wave && !file.empty()) {
        // Verilator hands its signals to one writer and keeps it: it stays for the model's life.
        model_->wave = std::make_unique<VerilatedFstC>();
        model_->rtl.trace(model_->wave.get(), 99);
    }
}

bool VerilatedTile::failed() const {
    return model_->context.gotError() || model_->port_failed;
}

const std::string& VerilatedTile::assertion() const {
    return model_->context.error;
}

}  // namespace athena::tile
