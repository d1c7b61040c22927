// SPDX-License-Identifier: Apache-2.0
// Firmware's reader of the device tree.
#include <string_view>

#include "fdt.h"
#include "target.h"

using namespace athena;

namespace {

/// All of firmware's calls at one node.
void look_at(const fdt& tree, std::uint32_t node) {
    (void)std::string_view(fdt_node_name(&tree, node)).size();
    fdt_property property{};
    std::uint32_t number = 0;
    const char* text = nullptr;
    if (fdt_get(&tree, node, "reg", &property) == RESULT_OK && property.length != 0) {
        CHECK(property.value >= tree.blob);
        CHECK(property.value + property.length <= tree.blob + tree.total_size);
    }
    (void)!fdt_get_u32(&tree, node, "interrupts", &number);
    if (fdt_get_string(&tree, node, "name", &text) == RESULT_OK) {
        (void)std::string_view(text).size();
    }
    fdt_region region{};
    (void)!fdt_get_region(&tree, node, 0, &region);
    (void)!fdt_get_region(&tree, node, 1, &region);
    (void)!fdt_parent(&tree, node, &number);
}

void read_as_firmware(const std::uint8_t* data, std::size_t size) {
    fdt tree{};
    if (fdt_open(&tree, data, size) != RESULT_OK) {
        return;
    }
    constexpr int kMostNodes = 64;
    std::uint32_t child = FDT_START;
    for (int i = 0; i < kMostNodes && fdt_next_child(&tree, 0, &child) == RESULT_OK; ++i) {
        look_at(tree, child);
    }
    for (const char* name : {"ns16550a", "athena,cluster-1", "a"}) {
        std::uint32_t node = FDT_START;
        for (int i = 0; i < kMostNodes && fdt_next_compatible(&tree, name, &node) == RESULT_OK;
             ++i) {
            look_at(tree, node);
        }
    }
    for (const char* path : {"/", "/chosen", "/soc", "/soc/serial", "/memory"}) {
        std::uint32_t node = 0;
        if (fdt_find_path(&tree, path, &node) == RESULT_OK) {
            look_at(tree, node);
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    read_as_firmware(data, size);
    return 0;
}
