#include "platform/core/config.hpp"

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <regex>

namespace salesflow {
namespace {

std::optional<std::string> from_environment(const std::string& name) {
  const char* text = std::getenv(name.c_str());  // read once, before threads start
  if (!text || !*text)
    return std::nullopt;
  return std::string(text);
}

std::optional<std::int64_t> to_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

std::optional<std::chrono::milliseconds> to_duration(std::string_view text) {
  struct Unit {
    std::string_view suffix;
    std::int64_t factor;
  };
  constexpr Unit units[] = {{"ms", 1}, {"min", 60'000}, {"s", 1000}, {"h", 3'600'000}, {"d", 86'400'000}};
  for (const Unit& unit : units) {
    if (text.size() > unit.suffix.size() && text.ends_with(unit.suffix)) {
      if (const auto count = to_integer(text.substr(0, text.size() - unit.suffix.size()))) {
        std::int64_t ms = 0;
        if (__builtin_mul_overflow(*count, unit.factor, &ms))
          return std::nullopt;
        return std::chrono::milliseconds(ms);
      }
    }
  }
  if (const auto count = to_integer(text))
    return std::chrono::milliseconds(*count);
  return std::nullopt;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const auto& part : parts) {
    if (!text.empty())
      text += separator;
    text += part;
  }
  return text;
}

}  // namespace

ConfigReader::ConfigReader() : ConfigReader(from_environment) {}
ConfigReader::ConfigReader(Lookup lookup, Lookup fallback)
    : lookup_(std::move(lookup)), fallback_(std::move(fallback)) {}

std::optional<ConfigReader::Found> ConfigReader::find(const std::string& name) const {
  if (auto text = lookup_(name))
    return Found{std::move(*text), "environment"};
  if (fallback_) {
    if (auto text = fallback_(name))
      return Found{std::move(*text), "TOML"};
  }
  return std::nullopt;
}

std::int64_t ConfigReader::integer(const std::string& name, std::int64_t default_value, std::int64_t min,
                                   std::int64_t max, const std::string& sentence) {
  const auto found = find(name);
  std::int64_t value = default_value;
  if (found) {
    const auto parsed = to_integer(found->text);
    if (!parsed || *parsed < min || *parsed > max) {
      complain(name + " must be a whole number from " + std::to_string(min) + " to " + std::to_string(max) +
               ", not \"" + found->text + "\"");
    } else {
      value = *parsed;
    }
  }
  remember({name, sentence, std::to_string(default_value), std::to_string(min) + ".." + std::to_string(max),
            std::to_string(value), found ? found->source : "default", false});
  return value;
}

std::chrono::milliseconds ConfigReader::duration(const std::string& name, std::chrono::milliseconds default_value,
                                                 std::chrono::milliseconds min, std::chrono::milliseconds max,
                                                 const std::string& sentence) {
  const auto print = [](std::chrono::milliseconds value) { return std::to_string(value.count()) + "ms"; };
  const auto found = find(name);
  auto value = default_value;
  if (found) {
    const auto parsed = to_duration(found->text);
    if (!parsed || *parsed < min || *parsed > max) {
      complain(name + " must be a duration from " + print(min) + " to " + print(max) +
               " (250ms, 2s, 5min, 24h), not \"" + found->text + "\"");
    } else {
      value = *parsed;
    }
  }
  remember({name, sentence, print(default_value), print(min) + ".." + print(max), print(value),
            found ? found->source : "default", false});
  return value;
}

bool ConfigReader::flag(const std::string& name, bool default_value, const std::string& sentence) {
  const auto found = find(name);
  bool value = default_value;
  if (found) {
    if (found->text == "true" || found->text == "1" || found->text == "on" || found->text == "yes") {
      value = true;
    } else if (found->text == "false" || found->text == "0" || found->text == "off" || found->text == "no") {
      value = false;
    } else {
      complain(name + " must be true or false, not \"" + found->text + "\"");
    }
  }
  remember({name, sentence, default_value ? "true" : "false", "true|false", value ? "true" : "false",
            found ? found->source : "default", false});
  return value;
}

std::string ConfigReader::text(const std::string& name, const std::string& default_value, const std::string& sentence) {
  const auto found = find(name);
  std::string value = found ? found->text : default_value;
  remember({name, sentence, default_value, "", value, found ? found->source : "default", false});
  return value;
}

std::string ConfigReader::choice(const std::string& name, const std::string& default_value,
                                 const std::vector<std::string>& allowed, const std::string& sentence) {
  const auto found = find(name);
  std::string value = default_value;
  if (found) {
    if (std::find(allowed.begin(), allowed.end(), found->text) == allowed.end()) {
      complain(name + " must be one of " + join(allowed, ", ") + ", not \"" + found->text + "\"");
    } else {
      value = found->text;
    }
  }
  remember({name, sentence, default_value, join(allowed, "|"), value, found ? found->source : "default", false});
  return value;
}

std::string ConfigReader::secret(const std::string& name, const std::string& sentence, const std::string& alias) {
  std::string value, source = "default";
  for (const auto& candidate : {name, alias}) {
    if (candidate.empty())
      continue;
    if (const auto path = find(candidate + "_FILE")) {
      std::ifstream file(path->text);
      if (!std::getline(file, value))
        complain(candidate + "_FILE: cannot read " + path->text);
      if (!value.empty() && value.back() == '\r')
        value.pop_back();
      source = "file " + path->text;
      break;
    }
    if (auto found = find(candidate)) {
      value = std::move(found->text);
      source = found->source;
      break;
    }
  }
  remember({name, sentence, "", "", value.empty() ? "(empty)" : "(set)", source, true});
  return value;
}

std::string ConfigReader::url(const std::string& name, const std::string& sentence) {
  std::string value = secret(name, sentence);
  settings_.back().value = value.empty() ? "(empty)" : mask_password(value);
  return value;
}

std::string mask_password(std::string_view conninfo) {
  static const std::regex in_url(R"((://[^:/@\s]*:)[^@\s]*@)");
  static const std::regex in_pairs(R"((password\s*=\s*)('(?:[^'\\]|\\.)*'|\S+))");
  std::string text = std::regex_replace(std::string(conninfo), in_url, "$1***@");
  return std::regex_replace(text, in_pairs, "$1***");
}

}  // namespace salesflow
