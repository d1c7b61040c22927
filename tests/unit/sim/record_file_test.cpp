// SPDX-License-Identifier: Apache-2.0
#include "sim/record_file.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "sim/usage_error.h"
#include "tests/temporary_folder.h"

using namespace athena::sim;
using athena::test::TemporaryFolder;

namespace {

const RecordHeader kHeader{"1.2.3", "some board", 0xAB, true};
const std::string kHead = "athena-record 1\nversion 1.2.3\nboard some board\ninputs ab\n";

std::string error_of(const std::string& text) {
    const TemporaryFolder folder;
    try {
        (void)read_record(folder.write("r", text), kHeader);
    } catch (const UsageError& error) {
        const std::string line = error.what();
        return line.substr(line.rfind("/r:") + 1);
    }
    return "no error";
}

}  // namespace

TEST_CASE("record: what was written is read") {
    const TemporaryFolder folder;
    const auto file = folder.path / "r";
    {
        RecordWriter writer(file, kHeader);
        writer.input({{100}, false, {std::byte{0x00}, std::byte{0xFF}, std::byte{'a'}}});
        writer.input({{150}, false, {}});
        writer.input(
            {{200}, true, {std::byte{3}}, {{std::byte{0xAB}, std::byte{1}}, {std::byte{2}}}});
        writer.end({{250}, 130, 77});
    }
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    CHECK(text.str() == kHead +
                            "100 console 00ff61\n200 console 03\n200 net ab01\n200 net 02\n200 "
                            "interrupt\n250 end 130 77\n");
    const Record record = read_record(file, kHeader);
    REQUIRE(record.inputs.size() == 5);
    CHECK(record.inputs[0].at.value == 100);
    CHECK(record.inputs[0].console ==
          std::vector<std::byte>{std::byte{0x00}, std::byte{0xFF}, std::byte{'a'}});
    CHECK(record.inputs[2].frames ==
          std::vector<std::vector<std::byte>>{{std::byte{0xAB}, std::byte{1}}});
    CHECK(record.inputs[4].interrupt);
    CHECK(record.end == RecordEnd{{250}, 130, 77});
}

TEST_CASE("record: one that is damaged or belongs to another run is refused with its line") {
    const std::string end = ", expected a file of --record";
    {
        const TemporaryFolder folder;
        RecordHeader alone = kHeader;
        alone.network = false;
        CHECK_THROWS_WITH(read_record(folder.write("r", kHead + "5 net 00\n6 end 0 0\n"), alone),
                          Catch::Contains(":5: a frame for a board without --net" + end));
    }
    CHECK(error_of("") == "r:1: the record is truncated" + end);
    CHECK(error_of("hello\n") == "r:1: is no record that this program reads" + end);
    CHECK(error_of(kHead) == "r:5: the record is truncated" + end);
    CHECK(error_of(kHead + "5 end 0 1") == "r:5: the record is truncated" + end);
    CHECK(error_of(kHead + "x end 0 1\n") == "r:5: 'x' is no number" + end);
    CHECK(error_of(kHead + "5 console\n") == "r:5: '' are no bytes" + end);
    CHECK(error_of(kHead + "5 console 0\n") == "r:5: '0' are no bytes" + end);
    CHECK(error_of(kHead + "5 console zz\n") == "r:5: 'zz' are no bytes" + end);
    CHECK(error_of(kHead + "5 net 0g\n") == "r:5: '0g' are no bytes" + end);
    CHECK(error_of(kHead + "5 sing 00\n") == "r:5: unknown input 'sing'" + end);
    CHECK(error_of(kHead + "5 interrupt now\n") == "r:5: unexpected 'now'" + end);
    CHECK(error_of(kHead + "5 interrupt\n4 interrupt\n") == "r:6: time goes back" + end);
    CHECK(error_of("athena-record 1\nversion 9\n") == "r:2: was made by version 9, this is 1.2.3");
    CHECK(error_of("athena-record 1\nversion 1.2.3\nboard b\n") ==
          "r:3: was made with board b, this is some board");
    CHECK(error_of("athena-record 1\nversion 1.2.3\nboard some board\ninputs 1\n") ==
          "r:4: was made with other files or options: hash 1, this is ab");
    CHECK(error_of(kHead + "5 end 0 1\n") == "no error");
}

TEST_CASE("record: a file that cannot be opened is named") {
    CHECK_THROWS_WITH(read_record("/nonexistent", kHeader), "/nonexistent: cannot be read");
    CHECK_THROWS_WITH(RecordWriter("/nonexistent/r", kHeader), "/nonexistent/r: cannot be written");
}
