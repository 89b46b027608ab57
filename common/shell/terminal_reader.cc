#include "shell/terminal_reader.h"

#include <histedit.h>
#include <langinfo.h>

#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <system_error>

namespace strata::shell {
namespace {

constexpr int kHistoryLines = 1000;
constexpr std::size_t kLongestRemembered = std::size_t{64} << 10;

// libedit sets the terminal up only after it has shown the prompt. A Ctrl-D that is typed in
// between would be lost. So this sets it up before.
char* prompt(EditLine* editor) {
  static char text[] = "> ";
  ::el_set(editor, EL_PREP_TERM, 1);
  return text;
}

// libedit reads multi-byte characters according to the locale. Keys and values are UTF-8.
void use_utf8() {
  std::setlocale(LC_CTYPE, "");
  if (std::string_view(::nl_langinfo(CODESET)) != "UTF-8") std::setlocale(LC_CTYPE, "C.UTF-8");
}

std::optional<std::filesystem::path> state_directory() {
  const char* const state = std::getenv("XDG_STATE_HOME");
  if (state && state[0] == '/') return state;
  const char* const home = std::getenv("HOME");
  if (home && home[0] == '/') return std::filesystem::path(home) / ".local" / "state";
  return std::nullopt;
}

}  // namespace

std::optional<std::filesystem::path> history_file() {
  const auto state = state_directory();
  if (!state) return std::nullopt;
  std::error_code error;
  std::filesystem::create_directories(*state / "strata", error);
  if (error) return std::nullopt;  // the shell works without a history, too
  return *state / "strata" / "history";
}

void TerminalReader::CloseEditor::operator()(editline* editor) const { ::el_end(editor); }
void TerminalReader::CloseHistory::operator()(struct history* lines) const { ::history_end(lines); }

Result<std::unique_ptr<TerminalReader>> TerminalReader::open(
    Completer completer, std::optional<std::filesystem::path> history_file) {
  use_utf8();
  auto reader =
      std::make_unique<TerminalReader>(Passkey{}, std::move(completer), std::move(history_file));
  if (!reader->editor_ || !reader->history_)
    return io_error("cannot set up the terminal for editing; pipe the commands in instead");
  reader->configure();
  return reader;
}

TerminalReader::TerminalReader(Passkey, Completer completer,
                               std::optional<std::filesystem::path> history_file)
    : completer_(std::move(completer)),
      history_file_(std::move(history_file)),
      history_(::history_init()),
      editor_(::el_init("strata", stdin, stdout, stderr)) {}

void TerminalReader::configure() {
  HistEvent event;
  ::history(history_.get(), &event, H_SETSIZE, kHistoryLines);
  ::history(history_.get(), &event, H_SETUNIQUE, 1);
  if (history_file_) ::history(history_.get(), &event, H_LOAD, history_file_->c_str());

  EditLine* const editor = editor_.get();
  ::el_set(editor, EL_CLIENTDATA, this);
  ::el_set(editor, EL_PROMPT, &prompt);
  ::el_set(editor, EL_EDITOR, "emacs");
  ::el_set(editor, EL_HIST, &::history, history_.get());
  ::el_set(editor, EL_SIGNAL, 1);  // on a signal, restore the terminal first, then end as usual
  // This uses the wide form, because the narrow one copies both names and never frees them.
  ::el_wset(editor, EL_ADDFN, L"strata-complete", L"completes a command", &on_tab);
  ::el_set(editor, EL_BIND, "^I", "strata-complete", nullptr);
  // A Ctrl-D that was typed while a command was still running arrives as a NUL byte.
  ::el_set(editor, EL_BIND, "^@", "em-delete-or-list", nullptr);
  ::el_source(editor, nullptr);  // ~/.editrc
}

Result<Line> TerminalReader::next() {
  int count = 0;
  errno = 0;
  const char* const typed = ::el_gets(editor_.get(), &count);
  if (!typed || count <= 0) {
    if (count < 0 && errno != 0)
      return io_error(std::string("cannot read the terminal: ") + std::strerror(errno));
    std::fputs("\n", stdout);  // after Ctrl-D the cursor is still in the line of the prompt
    std::fflush(stdout);
    return Line{Line::Kind::kEnd, {}};
  }
  line_.assign(typed, ::strnlen(typed, static_cast<std::size_t>(count)));
  if (line_.ends_with('\n')) line_.pop_back();
  if (line_.size() > kMaxLineSize) return Line{Line::Kind::kTooLong, {}};
  remember(line_);
  return Line{Line::Kind::kText, line_};
}

// If the history cannot be saved, this is not reported.
void TerminalReader::remember(const std::string& line) {
  if (line.find_first_not_of(" \t") == line.npos || line.size() > kLongestRemembered) return;
  HistEvent event;
  ::history(history_.get(), &event, H_ENTER, line.c_str());
  if (history_file_) ::history(history_.get(), &event, H_SAVE, history_file_->c_str());
}

unsigned char TerminalReader::on_tab(editline* editor, int) {
  void* self = nullptr;
  ::el_get(editor, EL_CLIENTDATA, &self);
  const LineInfo* const line = ::el_line(editor);
  const Completion completion =
      static_cast<TerminalReader*>(self)->completer_({line->buffer, line->cursor});
  if (completion.candidates.empty()) return CC_ERROR;
  ::el_deletestr(editor, static_cast<int>(completion.replace));
  ::el_insertstr(editor, completion.text.c_str());
  if (completion.candidates.size() == 1) return CC_REFRESH;
  std::fputs("\n", stdout);
  for (const std::string& name : completion.candidates) std::fprintf(stdout, "%s  ", name.c_str());
  std::fputs("\n", stdout);
  return CC_REDISPLAY;
}

}  // namespace strata::shell
