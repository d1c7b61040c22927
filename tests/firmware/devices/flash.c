/* SPDX-License-Identifier: Apache-2.0 */
/* Two 16-bit chips of command set 0001 side by side. */
#include "devices.h"

enum { BLOCK = 256 * 1024, QUERY_WORDS = 0x54 };

static const uintptr_t bank = FLASH + 0x2000000; /* the second one */

static void command(uintptr_t address, uint16_t code) {
    write32(address, (uint32_t)code << 16 | code);
}

static void erase(uintptr_t block) {
    command(block, 0x20);
    command(block, 0xD0);
}

static void test_query(void) {
    command(bank + 4 * 0x55, 0x98);
    for (uint32_t word = 0; word < QUERY_WORDS; ++word) {
        record("flash query", read32(bank + 4 * word));
    }
    command(bank, 0xFF);
    command(bank, 0x90);
    record("flash manufacturer", read32(bank));
    record("flash device", read32(bank + 4));
    record("flash lock of block 0", read32(bank + 8));
    command(bank, 0xFF);
}

static void test_program_and_erase(void) {
    const uintptr_t block = bank + 3 * BLOCK;
    erase(block);
    record("flash status after erase", read32(block));
    command(block, 0xFF);
    record("flash erased first", read32(block));
    record("flash erased last", read32(block + BLOCK - 4));
    command(block + 8, 0x40);
    write32(block + 8, 0x12345678);
    record("flash status after program", read32(block));
    record("flash status of one chip", read16(block + 2));
    command(block, 0xFF);
    record("flash programmed", read32(block + 8));
    record("flash beside it", read32(block + 12));
    record("flash programmed bytes", read64(block + 8));
    command(block + 8, 0x10);
    write32(block + 8, 0x12340000);
    command(block, 0xFF);
    record("flash bits cleared", read32(block + 8));
    command(block + 8, 0x40);
    write32(block + 8, 0xFFFFFFFF);
    command(block, 0xFF);
    record("flash bits not set by program", read32(block + 8));
    command(block, 0x70);
    record("flash status asked for", read32(block));
    command(block, 0x50);
    record("flash array after clear status", read32(block + 8));
    command(block, 0x70);
    record("flash status cleared", read32(block));
    command(block, 0xFF);
    erase(block);
    command(block, 0xFF);
    record("flash erased again", read32(block + 8));
}

static void test_buffer(void) {
    const uintptr_t block = bank + 5 * BLOCK;
    erase(block);
    command(block, 0xE8);
    record("flash buffer ready", read32(block));
    command(block, 3);
    for (uint32_t i = 0; i < 4; ++i) {
        write32(block + 0x100 + 4 * i, 0x01020304 * (i + 1));
    }
    command(block, 0xD0);
    record("flash buffer status", read32(block));
    command(block, 0xFF);
    for (uint32_t i = 0; i < 6; ++i) {
        record("flash buffer programmed", read32(block + 0xFC + 4 * i));
    }
}

static void test_locks(void) {
    const uintptr_t block = bank + 7 * BLOCK;
    erase(block);
    command(block, 0x60);
    command(block, 0x01);
    record("flash status after lock", read32(block));
    command(block, 0x90);
    record("flash lock of the locked", read32(block + 8));
    command(block, 0x40);
    write32(block, 0);
    record("flash status of a locked program", read32(block));
    command(block, 0x50);
    record("flash locked contents", read32(block));
    command(block, 0x60);
    command(block, 0xD0);
    command(block, 0x90);
    record("flash lock of the unlocked", read32(block + 8));
    command(block, 0x40);
    write32(block, 0x5A5AA5A5);
    record("flash status of an unlocked program", read32(block));
    command(block, 0xFF);
    record("flash unlocked contents", read32(block));
}

static void test_sequences(void) {
    const uintptr_t block = bank + 9 * BLOCK;
    erase(block);
    command(block, 0xFF);
    command(block, 0x20);
    command(block, 0xFF);
    record("flash erase not confirmed", read32(block));
    command(block, 0x50);
    command(block, 0xF0);
    record("flash other command sets", read32(block));
}

void test_flash(void) {
    test_query();
    test_program_and_erase();
    test_buffer();
    test_locks();
    test_sequences();
}
