// SPDX-License-Identifier: Apache-2.0
#include "platform/device_tree.h"

#include <libfdt.h>

#include <array>
#include <initializer_list>
#include <span>
#include <stdexcept>
#include <string_view>

#include "base/hexadecimal.h"
#include "platform/memory_map.h"

namespace athena::platform {

namespace {

/// Interrupt causes of a hart (Volume II, 3.1.9).
constexpr std::uint32_t kMachineSoftware = 3;
constexpr std::uint32_t kMachineTimer = 7;
constexpr std::uint32_t kSupervisorExternal = 9;
constexpr std::uint32_t kMachineExternal = 11;

constexpr std::uint32_t kPlicHandle = 1;
constexpr std::uint32_t kSysconHandle = 2;

std::uint32_t controller_handle(std::uint64_t hart) {
    constexpr std::uint32_t kFirst = 0x10;
    return kFirst + static_cast<std::uint32_t>(hart);
}

std::uint32_t cpu_handle(std::uint64_t hart) {
    constexpr std::uint32_t kFirst = 0x20;
    return kFirst + static_cast<std::uint32_t>(hart);
}

/// Writes one tree from its first node to its last.
class Writer {
  public:
    Writer() : buffer_(kDeviceTreeBytes) {
        check(fdt_create(tree(), static_cast<int>(buffer_.size())));
        check(fdt_finish_reservemap(tree()));
        begin("");
    }

    void begin(const std::string& name) { check(fdt_begin_node(tree(), name.c_str())); }
    void begin(const std::string& name, std::uint64_t address) {
        begin(name + "@" + base::hex_digits(address));
    }
    void end() { check(fdt_end_node(tree())); }

    void flag(const char* name) { check(fdt_property(tree(), name, nullptr, 0)); }
    void cell(const char* name, std::uint64_t value) {
        check(fdt_property_u32(tree(), name, static_cast<std::uint32_t>(value)));
    }
    void wide(const char* name, std::uint64_t value) {
        check(fdt_property_u64(tree(), name, value));
    }
    void text(const char* name, const std::string& value) { texts(name, {value}); }
    void texts(const char* name, std::initializer_list<std::string_view> values) {
        std::string bytes;
        for (const std::string_view value : values) {
            bytes.append(value).push_back('\0');
        }
        check(fdt_property(tree(), name, bytes.data(), static_cast<int>(bytes.size())));
    }
    void cells(const char* name, std::span<const std::uint32_t> values) {
        void* place = nullptr;
        const std::size_t size = values.size() * sizeof(fdt32_t);
        check(fdt_property_placeholder(tree(), name, static_cast<int>(size), &place));
        auto* bytes = static_cast<unsigned char*>(place);
        for (const std::uint32_t value : values) {
            fdt32_st(bytes, value);
            bytes += sizeof(fdt32_t);
        }
    }
    /// #address-cells, #size-cells, and addresses below that are those of the board.
    void identity_bus() {
        cell("#address-cells", 2);
        cell("#size-cells", 2);
        flag("ranges");
    }
    void regions(std::initializer_list<Region> list) {
        std::vector<std::uint32_t> values;
        for (const Region& region : list) {
            for (const std::uint64_t number : {region.base, region.size}) {
                values.push_back(static_cast<std::uint32_t>(number >> 32));
                values.push_back(static_cast<std::uint32_t>(number));
            }
        }
        cells("reg", values);
    }
    void region(std::uint64_t base, std::uint64_t size) { regions({{"", base, size}}); }
    void interrupt(std::uint64_t source) {
        cell("interrupts", source);
        cell("interrupt-parent", kPlicHandle);
    }

    std::vector<std::byte> finish() {
        end();
        check(fdt_finish(tree()));
        buffer_.resize(fdt_totalsize(tree()));
        return std::move(buffer_);
    }

  private:
    void* tree() { return buffer_.data(); }
    static void check(int result) {
        if (result < 0) {
            throw std::runtime_error(std::string("the device tree cannot be built: ") +
                                     fdt_strerror(result));
        }
    }

    std::vector<std::byte> buffer_;
};

/// 32 bytes that depend on the seed only (Steele, Lea, Flood: "Fast splittable pseudorandom number
/// generators", 2014, splitmix64).
std::array<std::uint32_t, 8> random_cells(std::uint64_t seed) {
    std::array<std::uint32_t, 8> cells{};
    for (std::uint32_t& cell : cells) {
        seed += 0x9E37'79B9'7F4A'7C15;
        std::uint64_t mixed = (seed ^ seed >> 30) * 0xBF58'476D'1CE4'E5B9;
        mixed = (mixed ^ mixed >> 27) * 0x94D0'49BB'1331'11EB;
        cell = static_cast<std::uint32_t>((mixed ^ mixed >> 31) >> 32);
    }
    return cells;
}

void write_chosen(Writer& writer, const Chosen& chosen) {
    writer.begin("chosen");
    writer.identity_bus();
    if (!chosen.bootargs.empty()) {
        writer.text("bootargs", chosen.bootargs);
    }
    writer.text("stdout-path", "/soc/serial@" + base::hex_digits(kUartBase));
    writer.cells("rng-seed", random_cells(chosen.seed));
    if (chosen.initrd) {
        writer.wide("linux,initrd-start", chosen.initrd->first);
        writer.wide("linux,initrd-end", chosen.initrd->end);
    }
    for (std::size_t index = 0; index < chosen.blobs.size(); ++index) {
        const Chosen::Blob& blob = chosen.blobs[index];
        writer.begin("athena,blob@" + std::to_string(index));
        writer.text("name", blob.name);
        writer.region(blob.address, blob.size);
        writer.end();
    }
    writer.end();
}

void write_cpus(Writer& writer, const BoardConfig& config) {
    writer.begin("cpus");
    writer.cell("#address-cells", 1);
    writer.cell("#size-cells", 0);
    writer.cell("timebase-frequency", kTimebaseHz);
    for (std::uint64_t hart = 0; hart < config.harts.count; ++hart) {
        writer.begin("cpu", hart);
        writer.text("device_type", "cpu");
        writer.cell("reg", hart);
        writer.text("status", "okay");
        writer.text("compatible", "riscv");
        writer.text("riscv,isa", "rv64imafdc_zicsr_zifencei_sstc");
        writer.text("mmu-type", "riscv,sv48");
        writer.cell("phandle", cpu_handle(hart));
        writer.begin("interrupt-controller");
        writer.cell("#address-cells", 0);
        writer.cell("#interrupt-cells", 1);
        writer.flag("interrupt-controller");
        writer.text("compatible", "riscv,cpu-intc");
        writer.cell("phandle", controller_handle(hart));
        writer.end();
        writer.end();
    }
    writer.begin("cpu-map");
    writer.begin("cluster0");
    for (std::uint64_t hart = 0; hart < config.harts.count; ++hart) {
        writer.begin("core" + std::to_string(hart));
        writer.cell("cpu", cpu_handle(hart));
        writer.end();
    }
    writer.end();
    writer.end();
    writer.end();
}

/// For each hart the two causes, in the order of the controller's contexts.
void write_hart_lines(Writer& writer, const BoardConfig& config, std::uint32_t first,
                      std::uint32_t second) {
    std::vector<std::uint32_t> lines;
    for (std::uint64_t hart = 0; hart < config.harts.count; ++hart) {
        const std::uint32_t handle = controller_handle(hart);
        lines.insert(lines.end(), {handle, first, handle, second});
    }
    writer.cells("interrupts-extended", lines);
}

void write_interrupt_controllers(Writer& writer, const BoardConfig& config) {
    writer.begin("clint", kClintBase);
    writer.texts("compatible", {"sifive,clint0", "riscv,clint0"});
    writer.region(kClintBase, kClintSize);
    write_hart_lines(writer, config, kMachineSoftware, kMachineTimer);
    writer.end();

    writer.begin("plic", kPlicBase);
    writer.texts("compatible", {"sifive,plic-1.0.0", "riscv,plic0"});
    writer.region(kPlicBase, kPlicSize);
    write_hart_lines(writer, config, kMachineExternal, kSupervisorExternal);
    writer.cell("#address-cells", 0);
    writer.cell("#interrupt-cells", 1);
    writer.flag("interrupt-controller");
    writer.cell("riscv,ndev", plic_sources(config));
    writer.cell("phandle", kPlicHandle);
    writer.end();
}

void write_flash(Writer& writer) {
    writer.begin("flash", kFlashBase);
    writer.text("compatible", "cfi-flash");
    writer.regions({{"", kFlashBase, kFlashSize}, {"", kFlashBase + kFlashSize, kFlashSize}});
    writer.cell("bank-width", 4);
    writer.end();
}

void write_devices(Writer& writer, const BoardConfig& config) {
    writer.begin("serial", kUartBase);
    writer.text("compatible", "ns16550a");
    writer.region(kUartBase, kUartSize);
    writer.cell("clock-frequency", kUartClockHz);
    writer.interrupt(kUartIrq);
    writer.end();

    for (unsigned slot = 0; slot < kVirtioSlots; ++slot) {
        const std::uint64_t base = kVirtioBase + slot * kVirtioSize;
        writer.begin("virtio_mmio", base);
        writer.text("compatible", "virtio,mmio");
        writer.region(base, kVirtioSize);
        writer.interrupt(kVirtioIrq + slot);
        writer.end();
    }

    writer.begin("rtc", kRtcBase);
    writer.text("compatible", "google,goldfish-rtc");
    writer.region(kRtcBase, kRtcSize);
    writer.interrupt(kRtcIrq);
    writer.end();

    writer.begin("perf", kPerfBase);
    writer.text("compatible", "athena,perf-1");
    writer.region(kPerfBase, kPerfSize);
    writer.end();

    writer.begin("test", kSysconBase);
    writer.texts("compatible", {"sifive,test1", "sifive,test0", "syscon"});
    writer.region(kSysconBase, kSysconSize);
    writer.cell("phandle", kSysconHandle);
    writer.end();

    for (const BoardConfig::Device& device : config.devices) {
        writer.begin(device.name, device.base);
        writer.text("compatible", device.compatible);
        writer.region(device.base, device.size);
        if (device.interrupt != 0) {
            writer.interrupt(device.interrupt);
        }
        writer.end();
    }
}

/// A value that ends or restarts the board when written to the test finisher.
void write_syscon_action(Writer& writer, const char* name, const char* compatible,
                         std::uint32_t value) {
    writer.begin(name);
    writer.text("compatible", compatible);
    writer.cell("regmap", kSysconHandle);
    writer.cell("offset", 0);
    writer.cell("value", value);
    writer.end();
}

void write_tile(Writer& writer, const BoardConfig& config, std::uint64_t cluster,
                std::uint64_t tile) {
    const std::uint64_t base = tile_base(cluster, tile);
    writer.begin("tile", base);
    writer.text("compatible", "athena,tile-1");
    writer.regions({{"", base, config.tile.l1_bytes},
                    {"", base + kTileRegisters, kTileRegistersSize},
                    {"", base + kTileQueue, kTileQueueSize}});
    writer.interrupt(tile_irq(cluster, tile));
    writer.end();
}

void write_cluster(Writer& writer, const BoardConfig& config, std::uint64_t cluster) {
    const std::uint64_t base = cluster_base(cluster);
    writer.begin("cluster", base);
    writer.text("compatible", "athena,cluster-1");
    writer.region(base, kClusterStride);
    writer.identity_bus();
    writer.cell("clock-frequency", config.cluster.clock_hz);

    writer.begin("command", base + kCommandOffset);
    writer.text("compatible", "athena,command-1");
    writer.region(base + kCommandOffset, kCommandSize);
    writer.interrupt(command_irq(cluster));
    writer.end();

    writer.begin("dma", base + kDmaOffset);
    writer.text("compatible", "athena,dma-1");
    writer.region(base + kDmaOffset, kDmaSize);
    writer.end();

    writer.begin("iopmp", base + kIopmpOffset);
    writer.text("compatible", "athena,iopmp-1");
    writer.region(base + kIopmpOffset, kIopmpSize);
    writer.end();

    if (config.sram.size != 0) {
        writer.begin("sram", base + kSramOffset);
        writer.text("compatible", "athena,sram-1");
        writer.region(base + kSramOffset, config.sram.size);
        writer.end();
    }
    for (std::uint64_t core = 0; core < config.vector.count; ++core) {
        writer.begin("vector", vector_base(cluster, core));
        writer.text("compatible", "athena,vector-1");
        writer.region(vector_base(cluster, core), kVectorStride);
        writer.end();
    }
    for (std::uint64_t tile = 0; tile < config.tile.count; ++tile) {
        write_tile(writer, config, cluster, tile);
    }
    writer.end();
}

void write_accelerator(Writer& writer, const BoardConfig& config) {
    writer.begin("accelerator", kApertureBase);
    writer.text("compatible", "athena,accel-1");
    writer.region(kApertureBase, config.cluster.count * kClusterStride);
    writer.identity_bus();

    writer.begin("hbm", config.hbm.base);
    writer.text("compatible", "athena,hbm-1");
    writer.region(config.hbm.base, config.hbm.size);
    writer.end();

    for (std::uint64_t cluster = 0; cluster < config.cluster.count; ++cluster) {
        write_cluster(writer, config, cluster);
    }
    writer.end();
}

}  // namespace

std::vector<std::byte> make_device_tree(const BoardConfig& config, const Chosen& chosen) {
    constexpr std::uint32_t kPowerOff = 0x5555;
    constexpr std::uint32_t kReboot = 0x7777;
    Writer writer;
    writer.cell("#address-cells", 2);
    writer.cell("#size-cells", 2);
    writer.text("compatible", "riscv-virtio");
    writer.text("model", config.name);
    write_chosen(writer, chosen);
    write_syscon_action(writer, "poweroff", "syscon-poweroff", kPowerOff);
    write_syscon_action(writer, "reboot", "syscon-reboot", kReboot);

    writer.begin("memory", config.ram.base);
    writer.text("device_type", "memory");
    writer.region(config.ram.base, config.ram.size);
    writer.end();

    write_cpus(writer, config);
    write_flash(writer);

    writer.begin("soc");
    writer.text("compatible", "simple-bus");
    writer.identity_bus();
    write_interrupt_controllers(writer, config);
    write_devices(writer, config);
    write_accelerator(writer, config);
    writer.end();
    return writer.finish();
}

}  // namespace athena::platform
