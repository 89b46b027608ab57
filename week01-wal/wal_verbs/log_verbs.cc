#include "wal_verbs/log_verbs.h"

#include <fmt/format.h>

#include <iostream>
#include <utility>

#include "wal/dump.h"

namespace strata::wal {
namespace {

using shell::Arguments;
using shell::Output;

constexpr std::uint64_t kDumpedFrames = 10;

}  // namespace

shell::Verb dump_verb(shell::DiskStage& stage, std::function<Result<env::Path>()> log_directory) {
  return {.name = "DUMP",
          .usage = "DUMP [n]",
          .help = "print the last n frames of the newest log segment (10), field by field",
          .max_arguments = 1,
          .run = [&stage, log_directory = std::move(log_directory)](const Arguments& arguments,
                                                                    Output& out) -> Result<void> {
            std::uint64_t count = kDumpedFrames;
            if (!arguments.empty()) {
              STRATA_TRY(count, shell::parse_count(arguments[0].text));
            }
            STRATA_TRY(const env::Path directory, log_directory());
            STRATA_TRY(dump_log_tail(stage.file_system(), directory, count, out.stream()));
            return {};
          }};
}

void tell_of_torn_tail(std::string_view program, const LogRecovery& found) {
  if (found.tail != TailState::kTorn) return;
  std::cerr << fmt::format(
      "{}: cut off a torn tail of {} bytes; nothing vouches that it was ever synced\n", program,
      found.torn_bytes);
}

}  // namespace strata::wal
