// PUT, GET, DELETE and STATS.
#include <fmt/format.h>

#include "base/text.h"
#include "shell/session.h"

namespace strata::shell {
namespace {

Result<void> print_value(Session& session, std::string_view key, Output& out) {
  STRATA_TRY(const auto value, session.store.get(key));
  if (!value) return not_found("key not found");
  out.line(printable(*value));
  return {};
}

Result<void> print_stats(Session& session, Output& out) {
  STRATA_TRY(const std::uint64_t keys, session.store.count_keys());
  STRATA_TRY(const auto stats, session.store.stats());
  out.line("Statistics:");
  out.line(fmt::format("  num_keys: {}", keys));
  for (const Stat& stat : stats)
    out.line(fmt::format("  {}: {}", printable(stat.name), printable(stat.text())));
  return {};
}

}  // namespace

std::vector<Verb> store_verbs(Session& session) {
  return {
      {.name = "PUT",
       .usage = "PUT <key> <value>",
       .help = R"(stores the rest of the line under the key; "..." with \xNN for any bytes)",
       .min_arguments = 2,
       .max_arguments = 2,
       .rest = 1,
       .run =
           [&session](const Arguments& arguments, Output& out) {
             return put_or_queue(session, arguments[0].text, arguments[1].text, out);
           }},
      {.name = "GET",
       .usage = "GET <key>",
       .help = "prints the value of the key",
       .min_arguments = 1,
       .max_arguments = 1,
       .run = [&session](const Arguments& arguments,
                         Output& out) { return print_value(session, arguments[0].text, out); }},
      {.name = "DELETE",
       .usage = "DELETE <key>",
       .help = "removes the key; OK too if it was not there",
       .min_arguments = 1,
       .max_arguments = 1,
       .run = [&session](const Arguments& arguments,
                         Output& out) { return remove_or_queue(session, arguments[0].text, out); }},
      {.name = "STATS",
       .usage = "STATS",
       .help = "counts the keys, and prints figures about the store",
       .run = [&session](const Arguments&, Output& out) { return print_stats(session, out); }},
  };
}

}  // namespace strata::shell
