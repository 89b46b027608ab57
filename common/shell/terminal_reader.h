// Lines from a person at a terminal: editing, history and completion by libedit.
//
// The history is saved after every line, because shells of this course often end with CRASH or
// Ctrl-C. Ctrl-C restores the terminal and then ends the process by SIGINT.
//
// Thread-safety: none; one owner.
// Requires: standard input and output are a terminal, and there is only one TerminalReader.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "shell/completion.h"
#include "shell/line_source.h"

struct editline;  // libedit's
struct history;

namespace strata::shell {

using Completer = std::function<Completion(std::string_view before_cursor)>;

// $XDG_STATE_HOME/strata/history, or ~/.local/state/strata/history. nullopt if neither variable has
// an absolute path, or the directory cannot be created.
std::optional<std::filesystem::path> history_file();

class TerminalReader final : public LineSource {
 public:
  static Result<std::unique_ptr<TerminalReader>> open(
      Completer completer, std::optional<std::filesystem::path> history_file);
  // For open() only.
  class Passkey {
    friend class TerminalReader;
    explicit Passkey() = default;
  };
  TerminalReader(Passkey, Completer completer, std::optional<std::filesystem::path> history_file);

  Result<Line> next() override;
  bool interactive() const override { return true; }

 private:
  void configure();
  void remember(const std::string& line);
  static unsigned char on_tab(editline* editor, int key);

  struct CloseEditor {
    void operator()(editline* editor) const;
  };
  struct CloseHistory {
    void operator()(history* lines) const;
  };

  const Completer completer_;
  const std::optional<std::filesystem::path> history_file_;
  std::unique_ptr<history, CloseHistory> history_;  // must outlive the editor
  std::unique_ptr<editline, CloseEditor> editor_;
  std::string line_;
};

}  // namespace strata::shell
