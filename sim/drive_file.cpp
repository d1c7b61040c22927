// SPDX-License-Identifier: Apache-2.0
#include "sim/drive_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sim/usage_error.h"

namespace athena::sim {

namespace {

constexpr std::uint64_t kSector = 512;

/// All of it, through interrupted and short calls; false: an error, or the file's end.
template <typename Call>
bool all(std::size_t length, const Call& call) {
    for (std::size_t done = 0; done < length;) {
        const ssize_t moved = call(done, length - done);
        if (moved < 0 && errno == EINTR) {
            continue;
        }
        if (moved <= 0) {
            return false;
        }
        done += static_cast<std::size_t>(moved);
    }
    return true;
}

}  // namespace

DriveFile::DriveFile(const Drive& drive, const std::string& option)
    : name_(std::filesystem::path(drive.file).filename()),
      read_only_(drive.read_only),
      descriptor_(
          open(drive.file.c_str(), (read_only_ ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK)) {
    const auto refuse = [&](const std::string& why) {
        if (descriptor_ >= 0) {
            close(descriptor_);
        }
        return UsageError(fmt::format("{} {}: {}", option, drive.file, why));
    };
    if (descriptor_ < 0) {
        const std::string why = std::strerror(errno);
        throw refuse(errno == EACCES || errno == EROFS
                         ? why + "; ,ro after its name takes it read-only"
                         : why);
    }
    struct stat found {};
    if (fstat(descriptor_, &found) != 0 || !S_ISREG(found.st_mode)) {
        throw refuse("is no file");
    }
    size_ = static_cast<std::uint64_t>(found.st_size);
    if (size_ == 0 || size_ % kSector != 0) {
        throw refuse(
            fmt::format("has {} bytes, which is no number of sectors of {}", size_, kSector));
    }
    if (flock(descriptor_, (read_only_ ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
        throw refuse("another run has it");
    }
}

DriveFile::~DriveFile() {
    close(descriptor_);
}

bool DriveFile::read(std::uint64_t offset, std::span<std::byte> bytes) {
    return all(bytes.size(), [&](std::size_t done, std::size_t left) {
        return pread(descriptor_, bytes.data() + done, left, static_cast<off_t>(offset + done));
    });
}

// A file that has become shorter is not made longer again: what it has lost would read as zeros.
bool DriveFile::write(std::uint64_t offset, std::span<const std::byte> bytes) {
    struct stat found {};
    if (fstat(descriptor_, &found) != 0 ||
        static_cast<std::uint64_t>(found.st_size) < offset + bytes.size()) {
        return false;
    }
    return all(bytes.size(), [&](std::size_t done, std::size_t left) {
        return pwrite(descriptor_, bytes.data() + done, left, static_cast<off_t>(offset + done));
    });
}

bool DriveFile::flush() {
    return read_only_ || fdatasync(descriptor_) == 0;
}

}  // namespace athena::sim
