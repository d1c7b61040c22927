// SPDX-License-Identifier: Apache-2.0
// The functional model: TileCore with the cycles of cycles.h. A command writes its results somewhen
// before its completion record, on any of the host's threads; a reset in between leaves them whole.
#pragma once

#include "tile/implementation.h"
#include "tile/matmul_kernel.h"
#include "tile/timed_core.h"

namespace athena::tile {

class FunctionalTile final : public Implementation {
  public:
    FunctionalTile(const TileConfig& config, base::HostThreads& threads,
                   base::Backlog::Lane lane = {})
        : core_(config), lane_(lane), kernel_(threads, core_.core().l1(), lane) {}
    ~FunctionalTile() override { lane_.settle(); }

    void reset(std::uint64_t cycle) override;
    void shift(std::uint64_t cycles) override { base_ += cycles; }
    Response access(std::uint64_t cycle, const Request& request) override;
    void begin(std::uint64_t cycle, const Request& request, std::uint32_t ticket) override;
    [[nodiscard]] std::optional<std::uint64_t> next_output() const override;
    void advance(std::uint64_t limit) override;
    void begin_kernel(const Matmul& oldest) override;
    [[nodiscard]] std::span<std::byte> cells() override { return core_.core().l1(); }
    void peek(std::uint64_t offset, std::span<std::byte> data) override;
    void poke(std::uint64_t offset, std::span<const std::byte> data) override;
    [[nodiscard]] std::optional<std::uint64_t> peek_register(std::uint64_t offset, unsigned size,
                                                             std::uint64_t cycle) override;
    [[nodiscard]] std::uint64_t busy_cycles(std::uint64_t cycle) const override;
    void save(base::StateWriter& writer) const override;
    void load(base::StateReader& reader) override;

  private:
    void settle() const;
    [[nodiscard]] Response access_l1(std::uint64_t cycle, const Request& request);
    [[nodiscard]] Response access_register(std::uint64_t cycle, const Request& request);
    [[nodiscard]] Response push(std::uint64_t cycle, const Request& request);
    void complete_before(std::uint64_t cycle);
    void complete_oldest(std::uint64_t cycle);
    void update_irq(std::uint64_t cycle);

    TimedCore core_;
    base::Backlog::Lane lane_;
    mutable MatmulKernel kernel_;  ///< of the oldest command
    std::uint64_t base_ = 0;       ///< cycle of the last reset; the core counts from it
    bool irq_ = false;             ///< level that went out last
    std::uint64_t l1_free_ = 0;    ///< first cycle without a beat of a burst of begin()
};

}  // namespace athena::tile
