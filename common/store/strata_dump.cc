// strata-dump: prints files that Strata writes, field by field.
//
// It knows no format itself. Each stage that it is linked with has registered its dumpers (see
// store/stage.h). The first bytes of a file decide which dumper is used. Dumps go to standard
// output, errors go to standard error. Exit status: 0 if all files are sound (a torn tail is
// sound), 1 if a file is damaged, unknown or unreadable, 2 if the command line is wrong.
#include <fmt/format.h>
#include <cxxopts.hpp>

#include <array>
#include <csignal>
#include <filesystem>
#include <iostream>

#include "env/descriptors.h"
#include "env/posix_file_system.h"
#include "store/stage.h"
#include "store/store_directory.h"

namespace strata {
namespace {

using env::FileKind;
using env::Path;

constexpr std::size_t kHeadSize = 64;

void complain(std::string_view message) {
  std::cout.flush();
  std::cerr << "strata-dump: " << message << '\n';
}

// STORE, the file that every store has. It is text already, so the dumper only checks it.
Result<DumpVerdict> dump_identity(env::FileSystem& fs, const Path& path, std::ostream& out) {
  STRATA_TRY(const Bytes bytes, env::read_file(fs, path, 4096));
  const auto store = decode_store(as_text(bytes));
  out << as_text(bytes) << (store ? "sound\n" : "DAMAGE " + store.error().message + "\n");
  return store ? DumpVerdict::kSound : DumpVerdict::kDamaged;
}

std::string known_kinds() {
  std::string kinds;
  for (const FileDumper& dumper : dumpers()) kinds += (kinds.empty() ? "" : ", ") + dumper.kind;
  return kinds.empty() ? "none" : kinds;
}

// Dumps files and directories, and remembers whether everything was sound.
class DumpRun {
 public:
  // `titles`: whether to print the file's name above each dump.
  DumpRun(env::FileSystem& fs, bool titles) : fs_(fs), titles_(titles) {}

  void dump(const Path& path);
  bool all_sound() const { return all_sound_; }

 private:
  // A file that was named on the command line must be of a known kind. A file that was found in a
  // directory need not be.
  Result<void> dump_named_file(const Path& path);
  Result<void> dump_directory(const Path& directory);
  Result<void> dump_found(const Path& path);
  Result<void> dump_with(const FileDumper& dumper, const Path& path);
  // Null if no dumper matches.
  Result<const FileDumper*> choose_dumper(const Path& path);

  env::FileSystem& fs_;
  const bool titles_;
  bool all_sound_ = true;
};

void DumpRun::dump(const Path& path) {
  const auto done = [&]() -> Result<void> {
    STRATA_TRY(const FileKind kind, fs_.kind_of(path));
    if (kind == FileKind::kDirectory) return dump_directory(path);
    return dump_named_file(path);
  }();
  if (done) return;
  complain(done.error().message);
  all_sound_ = false;
}

Result<void> DumpRun::dump_named_file(const Path& path) {
  STRATA_TRY(const FileDumper* dumper, choose_dumper(path));
  if (!dumper)
    return unsupported(fmt::format("{}: not a kind of file that this program knows; it knows: {}",
                                   path.string(), known_kinds()));
  return dump_with(*dumper, path);
}

// If one file is bad, the others are dumped all the same.
Result<void> DumpRun::dump_directory(const Path& directory) {
  STRATA_TRY(const auto names, fs_.list(directory));
  for (const std::string& name : names) {
    const auto done = dump_found(directory / name);
    if (done) continue;
    complain(done.error().message);
    all_sound_ = false;
  }
  return {};
}

Result<void> DumpRun::dump_found(const Path& path) {
  STRATA_TRY(const FileKind kind, fs_.kind_of(path));
  std::error_code ignored;
  if (kind == FileKind::kDirectory && !std::filesystem::is_symlink(path, ignored))
    return dump_directory(path);
  const FileDumper* dumper = nullptr;
  if (kind == FileKind::kFile) {
    STRATA_TRY(dumper, choose_dumper(path));
  }
  if (dumper) return dump_with(*dumper, path);
  std::cout << "== " << path.string()
            << (path.filename() == kLockName ? ": the lock of a store, without data\n"
                                             : ": not a kind of file that this program knows\n");
  return {};
}

Result<void> DumpRun::dump_with(const FileDumper& dumper, const Path& path) {
  if (titles_) std::cout << "== " << path.string() << ": " << dumper.kind << '\n';
  STRATA_TRY(const DumpVerdict verdict, dumper.dump(fs_, path, std::cout));
  if (verdict == DumpVerdict::kDamaged)
    return corruption(fmt::format("{}: damaged; the dump says where", path.string()));
  return {};
}

Result<const FileDumper*> DumpRun::choose_dumper(const Path& path) {
  STRATA_TRY(const FileKind kind, fs_.kind_of(path));
  if (kind == FileKind::kMissing)
    return not_found(fmt::format("{}: there is no such file", path.string()));
  if (kind != FileKind::kFile)
    return unsupported(fmt::format("{}: neither a file nor a directory", path.string()));
  STRATA_TRY(const auto file, fs_.open_for_read(path));
  std::array<std::byte, kHeadSize> buffer;
  STRATA_TRY(const std::size_t size, file->read_at(0, buffer));
  const ByteView head = ByteView(buffer).first(size);
  for (const FileDumper& dumper : dumpers())
    if (dumper.matches(head)) return &dumper;
  return nullptr;
}

constexpr int kDamagedStatus = 1;
constexpr int kUsageStatus = 2;

// The files to dump; none if --help was given. Then the help was printed.
Result<std::vector<std::string>> parse(int argc, const char* const* argv) try {
  cxxopts::Options described("strata-dump", "Prints any file that Strata writes, field by field.");
  described.custom_help("[OPTION]...").positional_help("FILE|DIRECTORY...");
  described.add_options()("help", "prints this")(
      "wire", "a capture of what went over a network; like any file, it may also be named alone",
      cxxopts::value<std::string>(), "FILE");
  described.add_options("hidden")("files", "", cxxopts::value<std::vector<std::string>>());
  described.parse_positional("files");
  const auto parsed = described.parse(argc, argv);
  if (parsed.count("help") != 0) {
    std::cout << described.help({""}) << "\nExample:\n  strata-dump data/week01\n";
    return std::vector<std::string>{};
  }
  std::vector<std::string> files;
  if (parsed.count("files") > 0) files = parsed["files"].as<std::vector<std::string>>();
  if (parsed.count("wire") > 0) files.push_back(parsed["wire"].as<std::string>());
  if (files.empty()) return invalid_argument("name the files to print");
  return files;
} catch (const cxxopts::exceptions::exception& wrong) {
  return invalid_argument(wrong.what());
}

int run(int argc, const char* const* argv) {
  const auto files = parse(argc, argv);
  if (!files) {
    complain(files.error().message + "; see --help");
    return kUsageStatus;
  }
  env::FileSystem& fs = env::posix_file_system();
  std::error_code ignored;  // dump() reports what is wrong with a path
  const bool titles = files->size() > 1 || (files->size() == 1 &&
                                            std::filesystem::is_directory(files->front(), ignored));
  DumpRun dump(fs, titles);
  for (const std::string& file : *files) dump.dump(file);
  if (!std::cout.flush()) {
    complain("cannot write to standard output");
    return kDamagedStatus;
  }
  return dump.all_sound() ? 0 : kDamagedStatus;
}

}  // namespace
}  // namespace strata

int main(int argc, char** argv) {
  strata::env::prepare_descriptors();
  std::signal(SIGPIPE, SIG_DFL);  // `| head` ends the program without an error message
  std::ios::sync_with_stdio(false);
  try {
    strata::register_dumper(
        {"store identity",
         [](strata::ByteView head) { return strata::as_text(head).starts_with("Strata store\n"); },
         strata::dump_identity});
    return strata::run(argc, argv);
  } catch (const std::exception& thrown) {
    strata::complain(thrown.what());
    return strata::kDamagedStatus;
  }
}
