// S2 in common/docs/reliability.md, for the store: files that were damaged, cut, lost, exchanged,
// or restored from an old copy. A read is right, or it is an error that names the file.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "env/posix_file_system.h"
#include "env/simulated_file_system.h"
#include "lsm/table_builder.h"
#include "lsm/table_format.h"
#include "lsm_options.h"
#include "testing/damage_explorer.h"
#include "testing/results.h"
#include "testing/sanitizers.h"
#include "testing/temporary_directory.h"

namespace strata::lsm {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::Model;

Result<std::unique_ptr<Store>> open_small(env::FileSystem& fs) {
  return LsmStore::open(fs, "/store", small_options());
}

class LsmDamage : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto store = LsmStore::open(fs_, "/store", small_options()).value();
    for (int i = 0; i < 60; ++i) {
      write(*store,
            WriteBatch().put(fmt::format("key{:02}", i % 45), fmt::format("{}{:040}", i, 0)));
      if (i % 20 == 19) {
        ASSERT_THAT(store->flush(), IsOk());
      }
    }
    for (int i = 0; i < 10; ++i) write(*store, WriteBatch().remove(fmt::format("key{:02}", i)));
    ASSERT_EQ(store->version().table_count(), 3u);
    ASSERT_THAT(store->close(), IsOk());
    explorer_.emplace(fs_, store_);
  }
  void write(Store& store, const WriteBatch& batch) {
    ASSERT_THAT(store.write(batch), IsOk());
    testing::apply(batch, store_.contents);
  }

  env::SimulatedFileSystem fs_;
  testing::DamagedStore store_{.open = open_small, .directory = "/store", .contents = {}};
  std::optional<testing::DamageExplorer> explorer_;
};

TEST_F(LsmDamage, AFlippedByteAnywhereIsRefusedOrHarmless) {
  explorer_->flip_each_byte();
  EXPECT_GT(explorer_->refused(), testing::kSanitized ? 270u : 3000u);
}

TEST_F(LsmDamage, AZeroedSectorIsRefusedOrHarmless) { explorer_->zero_each_sector(); }

TEST_F(LsmDamage, AFileCutShortIsRefused) { explorer_->cut_each_file(3); }

TEST_F(LsmDamage, AMissingFileIsRefused) { explorer_->remove_each_file(); }

TEST_F(LsmDamage, AnotherFileOfTheSameKindInItsPlaceIsRefused) {
  explorer_->put_each_file_over_another();
  EXPECT_GE(explorer_->refused(), 6u);  // each of three tables in the place of each other one
}

TEST_F(LsmDamage, ATableOfAnotherStoreIsRefusedByName) {
  env::SimulatedFileSystem other;
  {
    const auto store = LsmStore::open(other, "/store", small_options()).value();
    ASSERT_THAT(store->put("a", "1"), IsOk());
    ASSERT_THAT(store->flush(), IsOk());
    ASSERT_THAT(store->close(), IsOk());
  }
  const auto table = other.list("/store/tables").value().front();
  fs_.set_content(env::Path("/store/tables") / table, other.content("/store/tables/" + table));
  const auto opened = open_small(fs_);
  ASSERT_THAT(opened, FailsWith(ErrorCode::kCorruption));
  EXPECT_THAT(opened.error().message, HasSubstr("/store/tables/" + table));
}

// Copies of one store have its id, and give the same numbers to their next tables.
class LsmCopies : public LsmDamage {
 protected:
  static constexpr const char* kTable = "/store/tables/000004.table";

  // Writes a table to a copy of the store. With values of the same length, the tables of two copies
  // differ in nothing but the value.
  std::unique_ptr<env::SimulatedFileSystem> copy_with(std::string_view value) {
    auto copy = fs_.after_power_cut({.data = env::Unsynced::kKept, .names = env::Unsynced::kKept});
    const auto store = LsmStore::open(*copy, "/store", small_options()).value();
    EXPECT_THAT(store->put("balance", value), IsOk());
    EXPECT_THAT(store->flush(), IsOk());
    EXPECT_THAT(store->close(), IsOk());
    return copy;
  }
};

TEST_F(LsmCopies, DoNotTakeATableOfEachOther) {
  const auto one = copy_with("100");
  const auto two = copy_with("999");
  const Bytes foreign = two->content(kTable);
  ASSERT_EQ(one->content(kTable).size(), foreign.size());
  one->set_content(kTable, foreign);
  const auto opened = open_small(*one);
  ASSERT_THAT(opened, FailsWith(ErrorCode::kCorruption));
  EXPECT_THAT(opened.error().message, HasSubstr("000004.table at offset"));
  EXPECT_THAT(opened.error().message, HasSubstr("another file, under this name"));
}

// As a copy program leaves it that was interrupted, or that goes on at the wrong file.
TEST_F(LsmCopies, DoNotTakeAPartOfATableOfEachOther) {
  const auto one = copy_with("100");
  Bytes mixed = copy_with("999")->content(kTable);
  const Bytes own = one->content(kTable);
  ASSERT_EQ(mixed.size(), own.size());
  const auto footer = decode_footer(ByteView(own).last(kFooterSize)).value();
  const auto index = static_cast<std::ptrdiff_t>(footer.index.offset);
  std::copy(own.begin() + index, own.end(), mixed.begin() + index);
  one->set_content(kTable, mixed);
  const auto opened = open_small(*one);
  const auto read =
      opened ? (*opened)->get("balance") : Result<std::optional<std::string>>(opened.error());
  EXPECT_THAT(read, FailsWith(ErrorCode::kCorruption));
}

// It was not left by a flush. Somebody has put it there and may need it.
TEST_F(LsmDamage, AForeignTableUnderANameThatIsNotUsedIsNotRemoved) {
  TableId foreign{.store_id = 1, .number = 77};
  const auto builder = TableBuilder::create(fs_, "/store/tables", foreign, {}).value();
  ASSERT_THAT(builder->add({"a", SequenceNumber(1), OperationKind::kPut}, "1"), IsOk());
  ASSERT_THAT(builder->finish(), IsOk());
  const std::uint64_t before = fs_.fingerprint();
  const auto opened = open_small(fs_);
  ASSERT_THAT(opened, FailsWith(ErrorCode::kCorruption));
  EXPECT_THAT(opened.error().message, HasSubstr("/store/tables/000077.table"));
  EXPECT_EQ(fs_.fingerprint(), before);
}

TEST_F(LsmDamage, ADirectoryUnderATablesNameIsLeftAlone) {
  const std::uint64_t next = fs_.list("/store/tables").value().size() + 1;
  const env::Path theirs = env::Path("/store/tables") / table_name(next);
  ASSERT_THAT(fs_.make_directory(theirs), IsOk());
  const auto store = LsmStore::open(fs_, "/store", small_options());
  ASSERT_THAT(store, IsOk());
  ASSERT_THAT((*store)->put("a", "1"), IsOk());
  EXPECT_THAT((*store)->flush(), IsOk());
  EXPECT_EQ(fs_.kind_of(theirs).value(), env::FileKind::kDirectory);
}

// Opening the store must not wait for somebody at the other end of the pipe.
TEST(LsmStaleCopy, APipeInItsPlaceIsRefusedByName) {
  const testing::TemporaryDirectory parent;
  const env::Path store = parent.path() / "store";
  env::FileSystem& fs = env::posix_file_system();
  {
    const auto opened = LsmStore::open(fs, store, small_options()).value();
    ASSERT_THAT(opened->put("a", "1"), IsOk());
    ASSERT_THAT(opened->flush(), IsOk());
  }
  const env::Path table = store / "tables" / fs.list(store / "tables").value().front();
  ASSERT_THAT(fs.remove(table), IsOk());
  ASSERT_EQ(::mkfifo(table.c_str(), 0600), 0);
  const auto opened = LsmStore::open(fs, store, small_options());
  ASSERT_THAT(opened, FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(opened.error().message, HasSubstr(table.string()));
}

TEST_F(LsmDamage, ATableOfANewerVersionUnderANameThatIsNotUsedIsNotRemoved) {
  const env::Path path = "/store/tables/000077.table";
  Bytes bytes = fs_.content("/store/tables/000001.table");
  bytes[bytes.size() - 12] = std::byte{kTableVersion + 1};  // FORMAT.md, "Footer"
  ASSERT_THAT(fs_.create(path), IsOk());
  fs_.set_content(path, bytes);
  EXPECT_THAT(open_small(fs_), FailsWith(ErrorCode::kUnsupported));
  EXPECT_EQ(fs_.content(path), bytes);
}

TEST_F(LsmDamage, ATableOfANewerVersionIsNotReadAsDamage) {
  const env::Path path = env::Path("/store/tables") / fs_.list("/store/tables").value().front();
  Bytes bytes = fs_.content(path);
  bytes[bytes.size() - 12] = std::byte{kTableVersion + 1};  // FORMAT.md, "Footer"
  fs_.set_content(path, bytes);
  const auto opened = open_small(fs_);
  ASSERT_THAT(opened, FailsWith(ErrorCode::kUnsupported));
  EXPECT_THAT(opened.error().message, HasSubstr("use the newer program"));
}

// The log or the manifest of a store that was closed in good order is cut between two frames. No
// frame that is left vouches for the lost ones; STORE says how far both reached.
TEST_F(LsmDamage, ALogOfAClosedStoreThatLacksItsLastFrameIsRefused) {
  constexpr std::size_t kVoucher = 16;
  for (const char* log : {"/store/wal", "/store/manifest"}) {
    const auto disk = fs_.after_process_death();
    const env::Path path = env::Path(log) / disk->list(log).value().back();
    Bytes bytes = disk->content(path);
    bytes.resize(bytes.size() - kVoucher);
    disk->set_content(path, bytes);
    const auto opened = open_small(*disk);
    ASSERT_THAT(opened, FailsWith(ErrorCode::kCorruption));
    EXPECT_THAT(opened.error().message, HasSubstr("when it was closed"));
    EXPECT_THAT(opened.error().message, HasSubstr(log));
  }
}

// Gives every file below `from` a second name below `to`, as `cp -al` does.
void copy_by_links(env::FileSystem& fs, const env::Path& from, const env::Path& to) {
  ASSERT_THAT(fs.make_directory(to), IsOk());
  const auto names = fs.list(from).value();
  for (const std::string& name : names) {
    if (fs.kind_of(from / name).value() == env::FileKind::kDirectory)
      copy_by_links(fs, from / name, to / name);
    else
      ASSERT_THAT(fs.link(from / name, to / name), IsOk());
  }
}

TEST_F(LsmDamage, IsNotDoneToAStoreByWritesToACopyMadeOfHardLinks) {
  copy_by_links(fs_, "/store", "/copy");
  {
    const auto copy = LsmStore::open(fs_, "/copy", small_options()).value();
    ASSERT_THAT(copy->put("new", "x"), IsOk());
    ASSERT_THAT(copy->flush(), IsOk());
    ASSERT_THAT(copy->put("newer", "x"), IsOk());
    const auto store = open_small(fs_);  // both at the same time
    ASSERT_THAT(store, IsOk());
    ASSERT_THAT((*store)->put("old", "y"), IsOk());
    ASSERT_THAT(copy->put("newest", "x"), IsOk());
    ASSERT_THAT(copy->close(), IsOk());
  }
  Model expected = store_.contents;
  expected["old"] = "y";
  EXPECT_EQ(testing::contents_of(**open_small(fs_)).value(), expected);
  expected = store_.contents;
  for (const char* key : {"new", "newer", "newest"}) expected[key] = "x";
  const auto copy = LsmStore::open(fs_, "/copy", small_options());
  EXPECT_EQ(testing::contents_of(**copy).value(), expected);
}

// A backup has restored one file in an older state.
TEST(LsmStaleCopy, OfAnyFileIsRefusedOrHarmless) {
  env::SimulatedFileSystem fs;
  Model model;
  std::vector<std::map<env::Path, Bytes>> backups;
  {
    const auto store = LsmStore::open(fs, "/store", small_options()).value();
    for (int i = 0; i < 40; ++i) {
      const WriteBatch batch = WriteBatch().put(fmt::format("key{:02}", i), std::string(40, 'v'));
      ASSERT_THAT(store->write(batch), IsOk());
      testing::apply(batch, model);
      if (i % 9 == 8) {
        ASSERT_THAT(store->flush(), IsOk());
      }
      auto& backup = backups.emplace_back();
      for (const char* directory : {"/store/manifest", "/store/tables", "/store/wal"}) {
        const auto names = fs.list(directory).value();
        for (const std::string& name : names)
          backup[env::Path(directory) / name] = fs.content(env::Path(directory) / name);
      }
    }
    ASSERT_THAT(store->close(), IsOk());
  }
  std::uint64_t refused = 0;
  for (std::size_t i = 0; i < backups.size(); ++i) {
    for (const auto& [path, bytes] : backups[i]) {
      SCOPED_TRACE(fmt::format("{} as after write {}", path.string(), i));
      const auto disk = fs.after_power_cut({});
      if (disk->kind_of(path).value() == env::FileKind::kMissing) continue;  // dropped since then
      disk->set_content(path, bytes);
      const auto opened = LsmStore::open(*disk, "/store", small_options());
      if (!opened) {
        ++refused;
        EXPECT_EQ(opened.error().code, ErrorCode::kCorruption) << opened.error().message;
        continue;
      }
      EXPECT_EQ(testing::contents_of(**opened).value(), model);
    }
  }
  EXPECT_GT(refused, 10u);
}

}  // namespace
}  // namespace strata::lsm
