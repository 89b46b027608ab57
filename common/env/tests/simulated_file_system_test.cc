// What SimulatedFileSystem does beyond the contract that file_system_test.cc shows.
#include "env/simulated_file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "testing/results.h"

namespace strata::env {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::IsEmpty;
using testing::IsOk;
using namespace std::chrono_literals;

constexpr PowerCut kAllLost{};
constexpr PowerCut kAllKept{.data = Unsynced::kKept, .names = Unsynced::kKept};

class Simulated : public ::testing::Test {
 protected:
  // A file whose name is durable.
  std::unique_ptr<WritableFile> make_file(const Path& path, std::string_view text) {
    auto file = fs_.create(path).value();
    EXPECT_THAT(file->write_at(0, as_bytes(text)), IsOk());
    EXPECT_THAT(fs_.sync_directory(path.parent_path()), IsOk());
    return file;
  }
  static std::string text_of(const SimulatedFileSystem& fs, const Path& path) {
    return std::string(as_text(fs.content(path)));
  }
  std::vector<std::string> names_after(const PowerCut& cut) const {
    return fs_.after_power_cut(cut)->list("/").value();
  }

  SimulatedFileSystem fs_;
};

TEST_F(Simulated, UnsyncedBytesMayBeLostAndSyncedOnesAreNot) {
  const auto file = make_file("/f", "one");
  EXPECT_EQ(text_of(*fs_.after_power_cut(kAllLost), "/f"), "");
  EXPECT_EQ(text_of(*fs_.after_power_cut(kAllKept), "/f"), "one");
  ASSERT_THAT(file->sync(), IsOk());
  ASSERT_THAT(file->write_at(3, as_bytes("two")), IsOk());
  EXPECT_EQ(text_of(*fs_.after_power_cut(kAllLost), "/f"), "one");
  EXPECT_EQ(text_of(fs_, "/f"), "onetwo") << "the disk itself goes on";
}

TEST_F(Simulated, SyncingAFileDoesNotSyncItsName) {
  const auto file = fs_.create("/f").value();
  ASSERT_THAT(file->write_at(0, as_bytes("one")), IsOk());
  ASSERT_THAT(file->sync(), IsOk());
  EXPECT_THAT(names_after(kAllLost), IsEmpty());
  ASSERT_THAT(fs_.sync_directory("/"), IsOk());
  EXPECT_THAT(names_after(kAllLost), ElementsAre("f"));
}

TEST_F(Simulated, SyncingADirectoryDoesNotSyncItsOwnName) {
  ASSERT_THAT(fs_.make_directory("/d"), IsOk());
  make_file("/d/f", "");
  EXPECT_THAT(names_after(kAllLost), IsEmpty());
  ASSERT_THAT(fs_.sync_directory("/"), IsOk());
  EXPECT_EQ(fs_.after_power_cut(kAllLost)->kind_of("/d/f").value(), FileKind::kFile);
}

TEST_F(Simulated, ARemovalThatIsNotSyncedMayComeBack) {
  ASSERT_THAT(make_file("/f", "one")->sync(), IsOk());
  ASSERT_THAT(fs_.remove("/f"), IsOk());
  EXPECT_EQ(text_of(*fs_.after_power_cut(kAllLost), "/f"), "one");
  EXPECT_THAT(names_after(kAllKept), IsEmpty());
}

TEST_F(Simulated, ARenameIsAtomicAndDurableWithItsDirectory) {
  ASSERT_THAT(make_file("/f", "old")->sync(), IsOk());
  ASSERT_THAT(make_file("/f.tmp", "new")->sync(), IsOk());
  ASSERT_THAT(fs_.rename("/f.tmp", "/f"), IsOk());
  EXPECT_THAT(names_after(kAllLost), ElementsAre("f", "f.tmp"));
  EXPECT_EQ(text_of(*fs_.after_power_cut(kAllLost), "/f"), "old");
  ASSERT_THAT(fs_.sync_directory("/"), IsOk());
  EXPECT_THAT(names_after(kAllLost), ElementsAre("f"));
  EXPECT_EQ(text_of(*fs_.after_power_cut(kAllLost), "/f"), "new");
}

TEST_F(Simulated, WhatIsFoundAfterAPowerCutIsDurableAndUnlocked) {
  const auto lock = fs_.lock("/LOCK");
  make_file("/f", "one");
  const auto found = fs_.after_power_cut(kAllKept);
  EXPECT_EQ(text_of(*found->after_power_cut(kAllLost), "/f"), "one");
  EXPECT_THAT(found->lock("/LOCK"), IsOk());
  ASSERT_THAT(found->remove("/f"), IsOk());
  EXPECT_EQ(text_of(fs_, "/f"), "one") << "it is a copy";
}

TEST_F(Simulated, AFailedSyncLosesItsBytesAndPoisonsTheFile) {
  const auto file = make_file("/f", "one");
  fs_.fail_call(DiskCall::kSync, 1);
  EXPECT_TRUE(fs_.fault_pending(DiskCall::kSync));
  ASSERT_THAT(file->sync(), IsOk());
  ASSERT_THAT(file->write_at(3, as_bytes("two")), IsOk());
  const auto failed = file->sync();
  ASSERT_THAT(failed, FailsWith(ErrorCode::kIo));
  EXPECT_FALSE(fs_.fault_pending(DiskCall::kSync));
  EXPECT_EQ(file->sync().error(), failed.error());
  EXPECT_EQ(file->write_at(0, as_bytes("x")).error(), failed.error());
  EXPECT_EQ(file->truncate(0).error(), failed.error());
  EXPECT_EQ(text_of(fs_, "/f"), "onetwo");
  // Another handle may sync, but what was lost stays lost.
  ASSERT_THAT(fs_.open_for_write("/f").value()->sync(), IsOk());
  EXPECT_EQ(text_of(*fs_.after_power_cut(kAllKept), "/f"), "one");
}

TEST_F(Simulated, AFailedDirectorySyncLeavesTheNamesUnsynced) {
  ASSERT_THAT(fs_.create("/f"), IsOk());
  fs_.fail_call(DiskCall::kSync, 0);
  EXPECT_THAT(fs_.sync_directory("/"), FailsWith(ErrorCode::kIo));
  EXPECT_THAT(names_after(kAllLost), IsEmpty());
  EXPECT_THAT(names_after(kAllKept), ElementsAre("f"));
  ASSERT_THAT(fs_.sync_directory("/"), IsOk());
  EXPECT_THAT(names_after(kAllLost), ElementsAre("f"));
}

TEST_F(Simulated, AReadFailsWhenItIsToldTo) {
  make_file("/f", "one");
  const auto file = fs_.open_for_read("/f").value();
  fs_.fail_call(DiskCall::kRead, 1);
  Bytes into(3);
  EXPECT_EQ(file->read_at(0, into).value(), 3u);
  EXPECT_THAT(file->read_at(0, into), FailsWith(ErrorCode::kIo));
  EXPECT_FALSE(fs_.fault_pending(DiskCall::kRead));
  EXPECT_EQ(file->read_at(0, into).value(), 3u);
}

TEST_F(Simulated, AFailedWriteLeavesAPartOfItAndTheFileIsStillGood) {
  const auto file = make_file("/f", "1234");
  fs_.fail_call(DiskCall::kWrite, 0);
  EXPECT_THAT(file->write_at(0, as_bytes("abcd")), FailsWith(ErrorCode::kIo));
  EXPECT_EQ(text_of(fs_, "/f"), "ab34");
  fs_.fail_call(DiskCall::kWrite, 0);
  EXPECT_THAT(file->truncate(1), FailsWith(ErrorCode::kIo));
  EXPECT_EQ(text_of(fs_, "/f"), "ab34");
  EXPECT_THAT(file->sync(), IsOk());
}

TEST_F(Simulated, AFailedChangeOfANameChangesNothing) {
  ASSERT_THAT(fs_.make_directory("/d"), IsOk());
  make_file("/f", "one");
  const auto before = fs_.fingerprint();
  const std::vector<std::function<Result<void>()>> calls = {
      [&] { return fs_.rename("/f", "/g"); },
      [&] { return fs_.link("/f", "/g"); },
      [&] { return fs_.remove("/f"); },
      [&] { return fs_.make_directory("/g"); },
      [&] { return fs_.remove_directory("/d"); },
      [&]() -> Result<void> {
        STRATA_TRY(fs_.create("/g"));
        return {};
      },
  };
  for (const auto& call : calls) {
    fs_.fail_call(DiskCall::kNames, 0);
    EXPECT_THAT(call(), FailsWith(ErrorCode::kIo));
    EXPECT_EQ(fs_.fingerprint(), before);
  }
}

TEST_F(Simulated, FaultsOfEachKindAreCountedOnTheirOwn) {
  const auto file = make_file("/f", "one");
  fs_.fail_call(DiskCall::kSync, 0);
  fs_.fail_call(DiskCall::kNames, 1);
  EXPECT_THAT(file->write_at(0, as_bytes("two")), IsOk());
  EXPECT_THAT(fs_.rename("/f", "/g"), IsOk());
  EXPECT_THAT(fs_.rename("/g", "/f"), FailsWith(ErrorCode::kIo));
  EXPECT_TRUE(fs_.fault_pending(DiskCall::kSync));
  EXPECT_THAT(file->sync(), FailsWith(ErrorCode::kIo));
}

TEST_F(Simulated, EachCallCostsWhatItsKindCosts) {
  using Picoseconds = DiskCallCost::Picoseconds;
  fs_.set_cost(DiskCall::kRead, {.fixed = 10us, .per_byte = Picoseconds(2000)});
  fs_.set_cost(DiskCall::kWrite, {.fixed = 20us, .per_byte = Picoseconds(500)});
  fs_.set_cost(DiskCall::kSync, {.fixed = 5ms, .per_byte = Picoseconds(1000)});
  fs_.set_cost(DiskCall::kNames, {.fixed = 1us});
  const auto file = fs_.create("/f").value();
  EXPECT_EQ(fs_.take_busy_time(), 1us);
  EXPECT_EQ(fs_.take_busy_time(), 0ns);
  ASSERT_THAT(file->write_at(0, Bytes(1000)), IsOk());
  ASSERT_THAT(file->truncate(500), IsOk());
  EXPECT_EQ(fs_.take_busy_time(), 40us + 500ns);
  ASSERT_THAT(file->sync(), IsOk());
  ASSERT_THAT(file->sync(), IsOk());  // nothing is left to write
  EXPECT_EQ(fs_.take_busy_time(), 10ms + 1us);
  Bytes into(1000);
  ASSERT_EQ(fs_.open_for_read("/f").value()->read_at(0, into).value(), 500u);
  EXPECT_EQ(fs_.take_busy_time(), 11us);
  fs_.fail_call(DiskCall::kSync, 0);
  EXPECT_THAT(fs_.sync_directory("/"), FailsWith(ErrorCode::kIo));
  EXPECT_THAT(fs_.rename("/none", "/f"), FailsWith(ErrorCode::kNotFound));
  EXPECT_EQ(fs_.take_busy_time(), 5ms);
}

TEST_F(Simulated, NothingGrowsOnAFullDisk) {
  const auto file = make_file("/f", "0123456789");
  fs_.set_capacity(12);
  EXPECT_THAT(file->write_at(10, as_bytes("ab")), IsOk());
  EXPECT_THAT(file->write_at(12, as_bytes("c")), FailsWith(ErrorCode::kUnavailable));
  EXPECT_THAT(file->truncate(13), FailsWith(ErrorCode::kUnavailable));
  EXPECT_THAT(fs_.create("/g"), FailsWith(ErrorCode::kUnavailable));
  EXPECT_THAT(fs_.make_directory("/d"), FailsWith(ErrorCode::kUnavailable));
  EXPECT_EQ(text_of(fs_, "/f"), "0123456789ab");
  EXPECT_THAT(file->write_at(0, as_bytes("x")), IsOk()) << "what does not grow is fine";
  EXPECT_THAT(file->truncate(5), IsOk());
  EXPECT_THAT(fs_.create("/g"), IsOk());
}

TEST_F(Simulated, LeavesAsMuchRoomAsItIsTold) {
  const auto file = fs_.create("/f").value();
  ASSERT_THAT(file->write_at(0, as_bytes("12345")), IsOk());
  fs_.leave_room(3);
  EXPECT_THAT(file->write_at(5, as_bytes("678")), IsOk());
  EXPECT_THAT(file->write_at(8, as_bytes("9")), FailsWith(ErrorCode::kUnavailable));
}

TEST_F(Simulated, CountsTheFilesThatAreOpen) {
  auto written = fs_.create("/f").value();
  EXPECT_EQ(fs_.open_files(), 1u);
  auto read = fs_.open_for_read("/f");
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(fs_.open_files(), 2u);
  written.reset();
  read->reset();
  EXPECT_EQ(fs_.open_files(), 0u);
}

TEST_F(Simulated, CountsTheCallsThatChangeSomethingAndNoOthers) {
  const auto file = fs_.create("/f").value();
  EXPECT_EQ(fs_.changes(), 1u);
  ASSERT_THAT(file->write_at(0, as_bytes("one")), IsOk());
  ASSERT_THAT(file->truncate(1), IsOk());
  ASSERT_THAT(file->sync(), IsOk());
  ASSERT_THAT(fs_.rename("/f", "/g"), IsOk());
  ASSERT_THAT(fs_.make_directory("/d"), IsOk());
  ASSERT_THAT(fs_.sync_directory("/"), IsOk());
  ASSERT_THAT(fs_.remove("/g"), IsOk());
  EXPECT_EQ(fs_.changes(), 8u);
  static_cast<void>(fs_.open_for_read("/g"));
  static_cast<void>(fs_.create("/d"));  // fails
  static_cast<void>(fs_.list("/"));
  static_cast<void>(fs_.after_power_cut(kAllLost));
  EXPECT_EQ(fs_.changes(), 8u);
}

TEST_F(Simulated, TheObserverSeesEachChangeBeforeTheCallReturns) {
  std::vector<std::string> seen;
  fs_.on_change([&] {
    const auto disk = fs_.after_power_cut(kAllKept);
    const auto bytes = read_file(*disk, "/f", 100);
    seen.push_back(bytes ? std::string(as_text(*bytes)) : "none");
  });
  const auto file = fs_.create("/f").value();
  EXPECT_THAT(seen, ElementsAre(""));
  ASSERT_THAT(file->write_at(0, as_bytes("one")), IsOk());
  ASSERT_THAT(file->write_at(0, as_bytes("two")), IsOk());
  ASSERT_THAT(file->truncate(2), IsOk());
  ASSERT_THAT(fs_.remove("/f"), IsOk());
  EXPECT_THAT(seen, ElementsAre("", "one", "two", "tw", "none"));
  fs_.on_change(nullptr);
  ASSERT_THAT(fs_.make_directory("/d"), IsOk());
  EXPECT_EQ(seen.size(), 5u);
}

TEST_F(Simulated, DamageIsDurable) {
  make_file("/f", "one");
  const ByteView damaged = as_bytes("two");
  fs_.set_content("/f", Bytes(damaged.begin(), damaged.end()));
  EXPECT_EQ(text_of(*fs_.after_power_cut(kAllLost), "/f"), "two");
}

TEST_F(Simulated, ALinkStaysALinkAfterAPowerCutAndADeath) {
  const auto file = make_file("/f", "one");
  ASSERT_THAT(file->sync(), IsOk());
  ASSERT_THAT(fs_.link("/f", "/g"), IsOk());
  ASSERT_THAT(fs_.sync_directory("/"), IsOk());
  for (const auto& disk : {fs_.after_power_cut(kAllLost), fs_.after_process_death()}) {
    EXPECT_EQ(disk->status_of("/f")->names, 2u);
    ASSERT_THAT(disk->open_for_write("/g").value()->write_at(0, as_bytes("two")), IsOk());
    EXPECT_EQ(text_of(*disk, "/f"), "two");
  }
  EXPECT_EQ(text_of(fs_, "/f"), "one");
}

TEST_F(Simulated, ALostDiskIsEmptyAndUsable) {
  ASSERT_THAT(make_file("/f", "one")->sync(), IsOk());
  const auto disk = fs_.after_power_cut({.disk_lost = true});
  EXPECT_THAT(disk->list("/").value(), IsEmpty());
  EXPECT_THAT(disk->create("/f"), IsOk());
}

TEST_F(Simulated, ABitFlipsWhereTheTestOrTheSeedSays) {
  EXPECT_EQ(fs_.flip_some_bit(1), std::nullopt);
  ASSERT_THAT(make_file("/f", "one")->sync(), IsOk());
  fs_.flip_bit({.path = "/f", .byte = 0, .bit = 1});
  EXPECT_EQ(text_of(fs_, "/f"), "mne");
  EXPECT_EQ(text_of(*fs_.after_power_cut(kAllLost), "/f"), "mne");
  const auto place = fs_.flip_some_bit(1);
  ASSERT_TRUE(place);
  EXPECT_NE(text_of(fs_, "/f"), "mne");
  fs_.flip_bit(*place);
  EXPECT_EQ(text_of(fs_, "/f"), "mne");
}

TEST(SimulatedFileSystem, HasTheFingerprintOfItsNamesAndBytes) {
  const auto print_of = [](std::string_view directory, std::string_view name,
                           std::string_view bytes) {
    SimulatedFileSystem fs;
    EXPECT_THAT(fs.make_directory("/a"), IsOk());
    EXPECT_THAT(fs.make_directory("/b"), IsOk());
    const auto file = fs.create(Path(directory) / name).value();
    EXPECT_THAT(file->write_at(0, as_bytes(bytes)), IsOk());
    return fs.fingerprint();
  };
  EXPECT_EQ(print_of("/a", "x", "1"), print_of("/a", "x", "1"));
  EXPECT_NE(print_of("/a", "x", "1"), print_of("/a", "x", "2"));
  EXPECT_NE(print_of("/a", "x", "1"), print_of("/a", "y", "1"));
  EXPECT_NE(print_of("/a", "x", "1"), print_of("/b", "x", "1"));
  EXPECT_NE(print_of("/a", "x", "1"), print_of("/a", "x", ""));
}

}  // namespace
}  // namespace strata::env
