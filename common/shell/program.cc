#include "shell/program.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cxxopts.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <variant>

#include "base/text.h"
#include "env/descriptors.h"
#include "shell/disk_stage.h"
#include "shell/pipe_reader.h"
#include "shell/terminal_reader.h"
#include "shell/text.h"

namespace strata::shell {
namespace {

constexpr int kUsageStatus = 2;
constexpr std::size_t kHelpWidth = 100;
constexpr std::string_view kOperandGroup = "operands";

struct HelpText {
  std::string text;
};

void describe_operands(const Program& program, cxxopts::Options& described) {
  std::vector<std::string> names;
  std::string shown;
  auto add = described.add_options(std::string(kOperandGroup));
  for (const Operand& operand : program.operands) {
    names.push_back(operand.name);
    shown += (shown.empty() ? "" : " ") + operand.name;
    add(operand.name, operand.help, cxxopts::value<std::string>());
  }
  described.parse_positional(names);
  described.positional_help(shown);
}

cxxopts::Options describe(const Program& program) {
  cxxopts::Options described(program.name, program.summary);
  described.custom_help("[OPTION]...").set_width(kHelpWidth);
  describe_operands(program, described);
  auto add = described.add_options();
  for (const Option& option : program.options) {
    const auto value = cxxopts::value<std::string>();
    if (!option.fallback.empty()) value->default_value(option.fallback);
    add(option.name, option.help, value, option.value);
  }
  add("help", "prints this");
  return described;
}

std::string operand_help(const Program& program) {
  std::string help;
  for (const Operand& operand : program.operands)
    help += fmt::format("\n  {:<22}{}", operand.name, operand.help);
  return help.empty() ? help : help + "\n";
}

// `given`: how often the option stands on the command line.
Result<void> check(const Option& option, std::string_view value, std::size_t given) {
  if (given == 0) return {};
  if (given > 1) return invalid_argument(fmt::format("--{} is given {} times", option.name, given));
  if (value.empty()) return invalid_argument(fmt::format("--{} needs a value", option.name));
  const auto checked = option.check ? option.check(value) : Result<void>();
  if (checked) return {};
  return Error{checked.error().code, fmt::format("--{}: {}", option.name, checked.error().message)};
}

Result<std::variant<OptionValues, HelpText>> parse(int argc, const char* const* argv,
                                                   const Program& program) try {
  cxxopts::Options described = describe(program);
  const auto parsed = described.parse(argc, argv);
  if (parsed.count("help") != 0)
    return HelpText{fmt::format("{}{}\nExample:\n  {}\n", described.help({""}),
                                operand_help(program), program.example)};
  if (!parsed.unmatched().empty())
    return invalid_argument("unexpected argument " + excerpt(parsed.unmatched().front()));
  OptionValues values;
  for (const Option& option : program.options) {
    const std::size_t given = parsed.count(option.name);
    auto& value = values[option.name];
    if (given > 0 || !option.fallback.empty()) value = parsed[option.name].as<std::string>();
    STRATA_TRY(check(option, value, given));
  }
  for (const Operand& operand : program.operands) {
    if (parsed.count(operand.name) == 0)
      return invalid_argument(operand.name + " is missing: " + operand.help);
    values[operand.name] = parsed[operand.name].as<std::string>();
  }
  return values;
} catch (const cxxopts::exceptions::exception& wrong) {
  return invalid_argument(wrong.what());
}

int complain(const Program& program, const std::string& message, int status) {
  const std::string line = fmt::format("{}: {}\n", program.name, one_line(message));
  static_cast<void>(std::fputs(line.c_str(), stderr));  // print() would throw if that fails
  return status;
}

int run_body(const Program& program, const OptionValues& values, const Body& body) try {
  const Result<int> status = body(values);
  return status ? *status : complain(program, status.error().message, 1);
} catch (const std::exception& thrown) {
  return complain(program, thrown.what(), 1);
}

int print_help(const Program& program, const HelpText& help) {
  Output out(STDOUT_FILENO);
  out.text(help.text);
  const auto flushed = out.flush();
  if (flushed || out.reader_gone()) return 0;
  return complain(program, flushed.error().message, 1);
}

}  // namespace

std::function<Result<void>(std::string_view)> number_between(std::uint64_t least,
                                                             std::uint64_t most) {
  return [least, most](std::string_view text) -> Result<void> {
    STRATA_TRY(const std::uint64_t number, parse_count(text));
    if (number >= least && number <= most) return {};
    return invalid_argument(fmt::format("{} is not between {} and {}", number, least, most));
  };
}

Option data_option(std::string fallback) {
  return {.name = "data",
          .value = "DIR",
          .fallback = std::move(fallback),
          .help = "the directory of the store; made if it is not there"};
}

Option sync_option() {
  return {.name = "sync",
          .value = "always|interval|never",
          .fallback = "always",
          .help = "when a write is on disk: before its OK, within 100 ms, or whenever",
          .check = accepted_by(parse_sync_mode)};
}

int run_program(int argc, const char* const* argv, const Program& program, const Body& body) {
  std::signal(SIGPIPE, SIG_IGN);
  env::prepare_descriptors();
  ::umask(S_IRWXG | S_IRWXO);
  const auto parsed = parse(argc, argv, program);
  if (!parsed) return complain(program, parsed.error().message + "; see --help", kUsageStatus);
  if (const auto* help = std::get_if<HelpText>(&*parsed)) return print_help(program, *help);
  return run_body(program, std::get<OptionValues>(*parsed), body);
}

Result<int> run_shell(Shell& shell, std::string_view banner) {
  Output out(STDOUT_FILENO);
  if (!::isatty(STDIN_FILENO) || !::isatty(STDOUT_FILENO)) {
    PipeReader lines(STDIN_FILENO);
    return shell.run(lines, out);
  }
  out.line(banner);
  STRATA_TRY(out.flush());
  const auto names = shell.verb_names();
  STRATA_TRY(const auto lines,
             TerminalReader::open([&](auto typed) { return complete_verb(names, typed); },
                                  history_file()));
  return shell.run(*lines, out);
}

}  // namespace strata::shell
