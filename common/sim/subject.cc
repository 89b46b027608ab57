#include "sim/subject.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace strata::sim {
namespace {

Result<void> check_setting(std::string_view name, std::string_view value, const Subject& subject) {
  const auto found = std::ranges::find(subject.settings, name, &Setting::name);
  if (found == subject.settings.end())
    return invalid_argument(fmt::format("{} has no setting {}", subject.name, printable(name)));
  if (found->is_valid(value)) return {};
  return invalid_argument(
      fmt::format("{} cannot be {}; it is {}", printable(name), printable(value), found->meaning));
}

Result<void> check_step(const Step& step, const Plan& plan, const Subject& subject) {
  const auto found = std::ranges::find_if(
      subject.verbs, [&](const Verb& verb) { return verb.is_mine(step.words); });
  const auto checked = found == subject.verbs.end()
                           ? invalid_argument(fmt::format("{} knows no such step", subject.name))
                           : found->check(step.words, plan);
  if (checked) return {};
  return invalid_argument(fmt::format("at {} {}: {}", text_of(step.at),
                                      printable(fmt::format("{}", fmt::join(step.words, " "))),
                                      checked.error().message));
}

}  // namespace

std::string name_of(const Verb& verb) { return verb.usage.substr(0, verb.usage.find(' ')); }

Result<Plan> complete(Plan plan, const Subject& subject) {
  for (const auto& [name, value] : plan.settings) STRATA_TRY(check_setting(name, value, subject));
  for (const Setting& setting : subject.settings)
    plan.settings.try_emplace(setting.name, setting.simplest);
  for (const Step& step : plan.steps) STRATA_TRY(check_step(step, plan, subject));
  return plan;
}

}  // namespace strata::sim
