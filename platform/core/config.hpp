// Settings. Each room reads its own from a ConfigReader; a setting is one call: name, default, bounds, sentence.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace salesflow {

/// One setting as `salesflow config` prints it.
struct SettingInfo {
  std::string name;
  std::string sentence;
  std::string default_text;
  std::string bounds;
  std::string value;   // "(set)" or "(empty)" for secrets
  std::string source;  // default | environment | file NAME | TOML
  bool secret = false;
};

/// Reads typed settings and remembers each for `salesflow config`. Bad values are collected, not thrown: check
/// errors() once after all rooms have read, and stop the start if there are any. Not for several threads.
class ConfigReader {
 public:
  /// `lookup` answers a variable's text or nullopt (the environment by default, a map in tests);
  /// `fallback` is asked second (the TOML file).
  using Lookup = std::function<std::optional<std::string>(const std::string&)>;
  ConfigReader();
  explicit ConfigReader(Lookup lookup, Lookup fallback = {});

  std::int64_t integer(const std::string& name, std::int64_t default_value, std::int64_t min, std::int64_t max,
                       const std::string& sentence);
  /// Milliseconds; plain numbers are ms, "2s", "250ms", "5min" and "24h" are understood.
  std::chrono::milliseconds duration(const std::string& name, std::chrono::milliseconds default_value,
                                     std::chrono::milliseconds min, std::chrono::milliseconds max,
                                     const std::string& sentence);
  bool flag(const std::string& name, bool default_value, const std::string& sentence);
  std::string text(const std::string& name, const std::string& default_value, const std::string& sentence);
  std::string choice(const std::string& name, const std::string& default_value, const std::vector<std::string>& allowed,
                     const std::string& sentence);
  /// Empty when not set. NAME_FILE names a file whose first line (without line end) is the value.
  std::string secret(const std::string& name, const std::string& sentence, const std::string& alias = {});
  /// A connection string: a secret whose password is masked when printed.
  std::string url(const std::string& name, const std::string& sentence);

  /// Adds a complaint found outside, e.g. "JWT_SECRET must have 32 bytes".
  void complain(std::string error) { errors_.push_back(std::move(error)); }
  const std::vector<std::string>& errors() const { return errors_; }
  const std::vector<SettingInfo>& settings() const { return settings_; }

 private:
  struct Found {
    std::string text;
    std::string source;
  };
  std::optional<Found> find(const std::string& name) const;
  void remember(SettingInfo info) { settings_.push_back(std::move(info)); }

  Lookup lookup_;
  Lookup fallback_;
  std::vector<SettingInfo> settings_;
  std::vector<std::string> errors_;
};

/// "postgresql://user:secret@host/db" and "password=secret" with the secret replaced by "***".
std::string mask_password(std::string_view conninfo);

}  // namespace salesflow
