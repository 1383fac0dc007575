// salesflow config: what every setting is, where it comes from and what it may be. Secrets are never printed.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <iostream>
#include <memory>

#include "apps/salesflow/compose/server_config.hpp"
#include "apps/salesflow/verbs/verbs.hpp"

namespace salesflow::apps {
namespace {

struct Flags {
  std::string toml_path;
  bool json = false;
};

int run_config(const Flags& flags) {
  ConfigReader config = make_config_reader(flags.toml_path);
  ServerConfig::read(config);
  if (flags.json) {
    boost::json::array settings, errors;
    for (const auto& setting : config.settings()) {
      settings.push_back({{"name", setting.name},
                          {"value", setting.value},
                          {"default", setting.default_text},
                          {"bounds", setting.bounds},
                          {"source", setting.source},
                          {"secret", setting.secret},
                          {"sentence", setting.sentence}});
    }
    for (const auto& error : config.errors())
      errors.emplace_back(error);
    std::cout << boost::json::object{{"ok", errors.empty()}, {"settings", settings}, {"errors", errors}} << "\n";
    return errors.empty() ? 0 : 1;
  }
  for (const auto& setting : config.settings()) {
    fmt::print("{} = {}   ({})\n    {}{}\n", setting.name, setting.value.empty() ? "\"\"" : setting.value,
               setting.source, setting.sentence, setting.bounds.empty() ? "" : " [" + setting.bounds + "]");
  }
  for (const auto& error : config.errors())
    fmt::print(stderr, "salesflow config: {}\n", error);
  return config.errors().empty() ? 0 : 1;
}

}  // namespace

void add_config(CLI::App& app, int& exit_code) {
  auto* config = app.add_subcommand("config", "Print every setting, its value, bounds and where it comes from");
  config->footer(
      "Examples:\n"
      "  salesflow config\n"
      "  salesflow config --config /etc/salesflow.toml --json\n"
      "Settings come from the environment, then from the TOML file; NAME_FILE names a file that holds a secret.\n"
      "Exit code 1 when one cannot be used.");
  auto flags = std::make_shared<Flags>();
  config->add_option("--config", flags->toml_path, "TOML file; SALESFLOW_CONFIG otherwise");
  config->add_flag("--json", flags->json, "One JSON object on standard output");
  config->callback([flags, &exit_code] { exit_code = run_config(*flags); });
}

}  // namespace salesflow::apps
