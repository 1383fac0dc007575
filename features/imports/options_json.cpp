#include "features/imports/options_json.hpp"

#include "platform/json/read.hpp"
#include "platform/json/write.hpp"

namespace salesflow::imports {
namespace {

using Pairs = std::map<std::string, std::string>;

std::string object_of(const Pairs& pairs) {
  std::string text;
  for (const auto& [key, value] : pairs)
    text += (text.empty() ? "" : ",") + json::to_json(key) + ":" + json::to_json(value);
  return "{" + text + "}";
}

Pairs pairs_of(const boost::json::value& object) {
  Pairs pairs;
  for (const auto& [key, value] : object.as_object())
    pairs.emplace(key, value.as_string());
  return pairs;
}

}  // namespace

std::string to_text(const ImportOptions& options) {
  std::string text = json::to_json(options);
  text.pop_back();
  return text + ",\"charset\":" + json::to_json(options.charset) +
         ",\"strict\":" + (options.strict ? "true" : "false") + ",\"mapping\":" + object_of(options.mapping) +
         ",\"constants\":" + object_of(options.constants) + "}";
}

std::string to_text(const std::vector<std::string>& names) {
  return json::to_json(names);
}

std::vector<std::string> names_of(RawJsonView list) {
  std::vector<std::string> names;
  if (const auto parsed = json::parse(list.text); parsed && parsed->is_array()) {
    for (const auto& name : parsed->get_array())
      names.emplace_back(name.as_string());
  }
  return names;
}

Result<ImportOptions> parse_options(std::string_view text) {
  auto options = json::read<ImportOptions>(text);
  const auto whole = json::parse(text);
  if (!options || !whole)
    return fail(Errc::internal, "The import's options cannot be read", {}, std::string(text));
  // Jobs of older versions do not name these.
  if (const auto* charset = whole->as_object().if_contains("charset"))
    options->charset = charset->as_string();
  if (const auto* strict = whole->as_object().if_contains("strict"))
    options->strict = strict->as_bool();
  options->mapping = pairs_of(whole->at("mapping"));
  options->constants = pairs_of(whole->at("constants"));
  return options;
}

}  // namespace salesflow::imports
