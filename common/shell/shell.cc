#include "shell/shell.h"

#include <fmt/format.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "base/assert.h"
#include "base/text.h"
#include "base/thrown.h"
#include "shell/text.h"

namespace strata::shell {
namespace {

Error unknown_command(std::string_view name) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (name.starts_with(kByteOrderMark))
    return invalid_argument(fmt::format(
        "unknown command {}: the text begins with a byte order mark; save it without one",
        excerpt(name)));
  return invalid_argument(
      fmt::format("unknown command {}; HELP lists the commands", excerpt(name)));
}

Error line_too_long() {
  return invalid_argument(
      fmt::format("line too long: {} bytes are allowed; it was skipped", kMaxLineSize));
}

}  // namespace

Shell::Shell(Store& store) : session_{.store = store} {
  for (Verb& verb : store_verbs(session_)) add_verb(std::move(verb));
  add_verb(scan_verb(session_));
  for (Verb& verb : batch_verbs(session_)) add_verb(std::move(verb));
  add_verb({.name = "HELP",
            .usage = "HELP [<command>]",
            .help = "lists the commands, or says more about one",
            .max_arguments = 1,
            .run = [this](const Arguments& words, Output& out) { return help(words, out); }});
  for (const char* name : {"QUIT", "EXIT"})
    add_verb({.name = name,
              .usage = name,
              .help = "ends the shell, as Ctrl-D does",
              .run = [this](const Arguments&, Output&) -> Result<void> {
                session_.finished = true;
                return {};
              }});
}

void Shell::add_verb(Verb verb) {
  STRATA_ASSERT(verb.run && verb.name == upper_case(verb.name));
  const auto found = std::ranges::find(verbs_, verb.name, &Verb::name);
  if (found == verbs_.end())
    verbs_.push_back(std::move(verb));
  else
    *found = std::move(verb);
}

Result<void> Shell::execute(std::string_view line, Output& out) {
  const Command command = split_command(line);
  if (command.verb.empty()) return {};
  const Verb* const verb = find(command.verb);
  if (!verb) return unknown_command(command.verb);
  STRATA_TRY(const Arguments arguments, parse_arguments(command, verb->rest));
  if (arguments.size() < verb->min_arguments || arguments.size() > verb->max_arguments)
    return invalid_argument("usage: " + verb->usage);
  return verb->run(arguments, out);
}

Result<int> Shell::run(LineSource& lines, Output& out) {
  bool failed = false;
  const auto ended = execute_all(lines, out, failed);
  if (!ended && !out.reader_gone()) return ended.error();
  return failed && !lines.interactive() ? 1 : 0;
}

Result<void> Shell::execute_all(LineSource& lines, Output& out, bool& failed) {
  while (!session_.finished) {
    STRATA_TRY(const Line line, lines.next());
    if (line.kind == Line::Kind::kEnd) break;
    if (!answer(line, out)) failed = true;
    STRATA_TRY(out.flush());
  }
  if (const auto dropped = drop_open_batch(session_); !dropped) {
    failed = true;
    out.line("Error: " + dropped.error().message);
  }
  out.line("Shutting down...");
  return out.flush();
}

// Returns true if the command succeeded.
bool Shell::answer(const Line& line, Output& out) {
  const auto done = execute_guarded(line, out);
  if (done) return true;
  if (session_.batch && done.error().code != ErrorCode::kNotFound) session_.batch->spoiled = true;
  out.line("Error: " + one_line(done.error().message) +
           (done.error().code == ErrorCode::kUnknown ? "; it may have been done" : ""));
  return false;
}

// If a command throws (no memory, or a body that is not written yet), only this command fails; the
// shell goes on.
Result<void> Shell::execute_guarded(const Line& line, Output& out) {
  if (line.kind == Line::Kind::kTooLong) return line_too_long();
  try {
    return execute(line.text, out);
  } catch (const std::exception& thrown) {
    return error_of(thrown);
  }
}

Result<void> Shell::help(const Arguments& arguments, Output& out) const {
  if (!arguments.empty()) {
    const Verb* const verb = find(arguments[0].text);
    if (!verb) return unknown_command(arguments[0].text);
    out.line(verb->usage);
    out.line("  " + verb->help);
    return {};
  }
  for (const Verb& verb : verbs_) {
    out.line(verb.usage);
    out.line("  " + verb.help);
  }
  return {};
}

const Verb* Shell::find(std::string_view name) const {
  const auto found = std::ranges::find(verbs_, upper_case(name), &Verb::name);
  return found == verbs_.end() ? nullptr : &*found;
}

std::vector<std::string> Shell::verb_names() const {
  std::vector<std::string> names;
  for (const Verb& verb : verbs_) names.push_back(verb.name);
  return names;
}

Verb crash_verb() {
  return {.name = "CRASH",
          .usage = "CRASH",
          .help = "ends the process at once, as kill -9 does; every OK before it must survive",
          .run = [](const Arguments&, Output&) -> Result<void> {
            ::kill(::getpid(), SIGKILL);
            return io_error("the process would not die");
          }};
}

}  // namespace strata::shell
