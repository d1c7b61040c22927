// SPDX-License-Identifier: Apache-2.0
#include "devices/flash.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "devices/access.h"

namespace athena::devices {

namespace {

/// First or second bytes of command sequences (command set 0001).
enum Code : std::uint8_t {
    kLockBlock = 0x01,
    kProgramAlternate = 0x10,
    kErase = 0x20,
    kProgram = 0x40,
    kClearStatus = 0x50,
    kLockSetup = 0x60,
    kReadStatus = 0x70,
    kReadIdentifier = 0x90,
    kReadQuery = 0x98,
    kBufferedProgram = 0xE8,
    kConfirm = 0xD0,
};

constexpr std::uint16_t kManufacturer = 0x89;  // Intel
constexpr std::uint16_t kDevice = 0x18;

}  // namespace

Flash::Flash(const sc_core::sc_module_name& name, const Config& config,
             std::unique_ptr<FlashFile> file)
    : sc_core::sc_module(name),
      socket("socket", *this),
      config_(config),
      file_(std::move(file)),
      inverted_(config.size, this->name()) {
    if (file_ != nullptr) {
        if (!file_->read(inverted_.bytes())) {
            throw std::runtime_error(std::string(this->name()) + ": its file cannot be read");
        }
        for (std::byte& byte : inverted_.bytes()) {
            byte = ~byte;
        }
    }
    reset();
}

void Flash::reset() {
    state_ = {};
    locked_.assign(config_.size / kBlockBytes, false);
}

void Flash::b_transport(unsigned /*port*/, tlm::tlm_generic_payload& payload,
                        sc_core::sc_time& /*delay*/) {
    if (!check_size(payload, kSize1 | kSize2 | kSize4 | kSize8)) {
        return;
    }
    if (payload.get_byte_enable_ptr() != nullptr) {
        payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
        return;
    }
    const std::uint64_t address = payload.get_address();
    const unsigned length = payload.get_data_length();
    if (address >= config_.size || address % length != 0) {
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        return;
    }
    unsigned char* data = payload.get_data_ptr();
    if (payload.is_read()) {
        for (unsigned i = 0; i < length; ++i) {
            data[i] = read(static_cast<std::uint32_t>(address) + i);
        }
    } else {
        const unsigned piece = std::min(length, kBankBytes);
        for (unsigned done = 0; done < length; done += piece) {
            Write one{static_cast<std::uint32_t>(address) + done, piece, 0};
            std::memcpy(&one.value, data + done, piece);
            write(one);
        }
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

unsigned Flash::transport_dbg(unsigned /*port*/, tlm::tlm_generic_payload& payload) {
    const std::uint64_t address = payload.get_address();
    if (!payload.is_read() || address >= config_.size) {
        return 0;
    }
    const auto length = static_cast<unsigned>(
        std::min<std::uint64_t>(payload.get_data_length(), config_.size - address));
    const auto bytes = std::as_const(inverted_).bytes().subspan(address, length);
    std::transform(bytes.begin(), bytes.end(), payload.get_data_ptr(), [](std::byte byte) {
        return static_cast<unsigned char>(~std::to_integer<unsigned>(byte));
    });
    return length;
}

std::uint8_t Flash::read(std::uint32_t address) const {
    const std::uint32_t word = address / kBankBytes;
    std::uint16_t value = 0;
    switch (state_.mode) {
        case Mode::Status:
            value = state_.status;
            break;
        case Mode::Identifier:
            value = identifier(word);
            break;
        case Mode::Query:
            value = query(word);
            break;
        default:
            return static_cast<std::uint8_t>(
                ~std::to_integer<unsigned>(inverted_.bytes()[address]));
    }
    return static_cast<std::uint8_t>(address % kChipBytes == 0 ? value : value >> 8);
}

std::uint16_t Flash::identifier(std::uint32_t word) const {
    switch (word & 0xFF) {
        case 0:
            return kManufacturer;
        case 1:
            return kDevice;
        case 2:
            return locked_[block_of(word * kBankBytes)] ? 1 : 0;
        default:
            return 0;
    }
}

// JESD68.01, tables 1 to 5, for one chip.
std::uint16_t Flash::query(std::uint32_t word) const {
    const auto blocks = static_cast<unsigned>(config_.size / kBlockBytes) - 1;
    constexpr unsigned kChipBlock = kBlockBytes / kChips / 256;
    switch (word) {
        case 0x10:
            return 'Q';
        case 0x11:
            return 'R';
        case 0x12:
            return 'Y';
        case 0x13:  // command set 0001
            return 0x01;
        case 0x15:  // address of its own table
            return 0x31;
        case 0x1B:  // 4.5 V to 5.5 V
            return 0x45;
        case 0x1C:
            return 0x55;
        case 0x1F:  // typical times: 2^n us a word and a buffer, 2^n ms a block
        case 0x20:
            return 7;
        case 0x21:
            return 10;
        case 0x23:  // at most 2^n times as long
        case 0x24:
        case 0x25:
            return 4;
        case 0x27:  // 2^n bytes
            return static_cast<std::uint16_t>(std::bit_width(config_.size / kChips) - 1);
        case 0x28:  // by 8 or 16 bits
            return 2;
        case 0x2A:  // buffer: 2^n bytes
            return std::bit_width(kBufferWords * kChipBytes) - 1;
        case 0x2C:  // one region of equal blocks
            return 1;
        case 0x2D:
            return blocks & 0xFF;
        case 0x2E:
            return static_cast<std::uint16_t>(blocks >> 8);
        case 0x2F:
            return kChipBlock & 0xFF;
        case 0x30:
            return kChipBlock >> 8;
        case 0x31:
            return 'P';
        case 0x32:
            return 'R';
        case 0x33:
            return 'I';
        case 0x34:  // version 1.0, without optional features
            return '1';
        case 0x35:
            return '0';
        case 0x3F:  // protection fields
            return 1;
        default:
            return 0;
    }
}

void Flash::write(const Write& write) {
    const auto code = static_cast<std::uint8_t>(write.value);
    const std::uint32_t block = block_of(write.address);
    switch (state_.await) {
        case Await::Command:
            command(write);
            return;
        case Await::Word:
            state_.block = block;
            program({&write, 1});
            return;
        case Await::EraseConfirm:
            if (code == kConfirm && block == state_.block) {
                erase();
                return;
            }
            break;
        case Await::Lock:
            state_.block = block;
            lock(code);
            return;
        case Await::Count: {
            const std::uint32_t count = write.value & 0xFFFF;
            if (count < kBufferWords && block == state_.block) {
                state_.writes_to_come = count + 1;
                state_.await = Await::Data;
                return;
            }
            break;
        }
        case Await::Data:
            if (block != state_.block) {
                break;
            }
            state_.buffer.push_back(write);
            state_.await = --state_.writes_to_come == 0 ? Await::Confirm : Await::Data;
            return;
        case Await::Confirm:
            if (code == kConfirm && block == state_.block) {
                program(std::exchange(state_.buffer, {}));
                return;
            }
            break;
    }
    refuse();
}

void Flash::command(const Write& write) {
    state_.block = block_of(write.address);
    state_.mode = Mode::Status;
    switch (static_cast<std::uint8_t>(write.value)) {
        case kProgram:
        case kProgramAlternate:
            state_.await = Await::Word;
            return;
        case kErase:
            state_.await = Await::EraseConfirm;
            return;
        case kLockSetup:
            state_.await = Await::Lock;
            return;
        case kBufferedProgram:
            state_.await = Await::Count;
            return;
        case kReadStatus:
            return;
        case kReadIdentifier:
            state_.mode = Mode::Identifier;
            return;
        case kReadQuery:
            state_.mode = Mode::Query;
            return;
        case kClearStatus:
            state_.status = kReady;
            state_.mode = Mode::Array;
            return;
        default:  // 0xFF, and the first commands of other sets
            state_.mode = Mode::Array;
            return;
    }
}

void Flash::lock(std::uint8_t code) {
    if (code != kLockBlock && code != kConfirm) {
        refuse();
        return;
    }
    locked_[state_.block] = code == kLockBlock;
    finish(0);
}

bool Flash::may_change(std::uint8_t failure) {
    if (!locked_[state_.block] && (file_ == nullptr || !file_->read_only())) {
        return true;
    }
    ++errors_;
    finish(static_cast<std::uint8_t>(failure | kLocked));
    return false;
}

// Programming clears bits: of the inverted contents, it sets them.
void Flash::program(std::span<const Write> writes) {
    if (!may_change(kProgramFailed)) {
        return;
    }
    std::uint64_t first = config_.size;
    std::uint64_t end = 0;
    for (const Write& one : writes) {
        for (std::uint32_t i = 0; i < one.length; ++i) {
            inverted_.bytes()[one.address + i] |= ~static_cast<std::byte>(one.value >> (8 * i));
        }
        programmed_bytes_ += one.length;
        first = std::min<std::uint64_t>(first, one.address);
        end = std::max<std::uint64_t>(end, one.address + one.length);
    }
    keep(first, end, kProgramFailed);
}

void Flash::erase() {
    if (!may_change(kEraseFailed)) {
        return;
    }
    const std::uint64_t first = state_.block * kBlockBytes;
    std::ranges::fill(inverted_.bytes().subspan(first, kBlockBytes), std::byte{0});
    ++erased_blocks_;
    keep(first, first + kBlockBytes, kEraseFailed);
}

void Flash::keep(std::uint64_t first, std::uint64_t end, std::uint8_t failure) {
    if (file_ == nullptr) {
        finish(0);
        return;
    }
    const auto place = std::as_const(inverted_).bytes().subspan(first, end - first);
    std::vector<std::byte> bytes(place.begin(), place.end());
    for (std::byte& byte : bytes) {
        byte = ~byte;
    }
    const bool kept = file_->write(first, bytes);
    errors_ += kept ? 0 : 1;
    finish(kept ? std::uint8_t{0} : failure);
}

/// A sequence of commands that is none.
void Flash::refuse() {
    ++errors_;
    finish(kProgramFailed | kEraseFailed);
}

// Errors stay until they are cleared.
void Flash::finish(std::uint8_t status) {
    state_.status |= status;
    state_.await = Await::Command;
    state_.mode = Mode::Status;
    state_.buffer.clear();
}

void Flash::report(base::StatisticsVisitor& visitor) const {
    visitor.counter("programmed_bytes", programmed_bytes_);
    visitor.counter("erased_blocks", erased_blocks_);
    visitor.counter("errors", errors_);
}

}  // namespace athena::devices
