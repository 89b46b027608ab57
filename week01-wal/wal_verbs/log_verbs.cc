#include "wal_verbs/log_verbs.h"

#include <fmt/format.h>

#include <iostream>
#include <utility>

#include "shell/disk_stage.h"
#include "wal/dump.h"

namespace strata::wal {
namespace {

using shell::Arguments;
using shell::Output;

constexpr std::uint64_t kDumpedFrames = 10;

}  // namespace

shell::Verb dump_verb(std::function<Result<LogPlace>()> log_place) {
  return {.name = "DUMP",
          .usage = "DUMP [n]",
          .help = "print the last n frames of the newest log segment (10), field by field",
          .max_arguments = 1,
          .run = [log_place = std::move(log_place)](const Arguments& arguments,
                                                    Output& out) -> Result<void> {
            std::uint64_t count = kDumpedFrames;
            if (!arguments.empty()) {
              STRATA_TRY(count, shell::parse_count(arguments[0].text));
            }
            STRATA_TRY(const LogPlace log, log_place());
            STRATA_TRY(dump_log_tail(log.files, log.directory, count, out.stream()));
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
