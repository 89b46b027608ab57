#include "net_world/record.h"

namespace strata::world {

std::string Record::name_value(const std::string& name, const std::string& key,
                               std::string_view filler) {
  std::string unique = name;
  for (int i = 2; values_.contains(unique); ++i) unique = name + "." + std::to_string(i);
  values_[unique] = {key, unique + " " + std::string(filler)};
  return unique;
}

std::string Record::name_of(const std::string& value) const {
  const auto found = values_.find(std::string_view(value).substr(0, value.find(' ')));
  return found != values_.end() && found->second.value == value ? found->first
                                                                : "nobody's value " + value;
}

bool Record::is_written(const std::string& key, const std::string& name) const {
  const auto found = values_.find(name);
  return found != values_.end() && found->second.key == key;
}

}  // namespace strata::world
