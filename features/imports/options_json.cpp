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
  return text + ",\"mapping\":" + object_of(options.mapping) + ",\"constants\":" + object_of(options.constants) + "}";
}

Result<ImportOptions> parse_options(std::string_view text) {
  auto options = json::read<ImportOptions>(text);
  const auto whole = json::parse(text);
  if (!options || !whole)
    return fail(Errc::internal, "The import's options cannot be read", {}, std::string(text));
  options->mapping = pairs_of(whole->at("mapping"));
  options->constants = pairs_of(whole->at("constants"));
  return options;
}

}  // namespace salesflow::imports
