#include "platform/security/issuers.hpp"

#include <algorithm>
#include <fstream>
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "platform/security/key_set.hpp"

namespace salesflow::security {
namespace {

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const auto comma = text.find(',');
    std::string_view item = text.substr(0, comma);
    while (item.starts_with(' '))
      item.remove_prefix(1);
    while (item.ends_with(' '))
      item.remove_suffix(1);
    if (!item.empty())
      items.emplace_back(item);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return items;
}

Error refuse(const std::string& path, std::string_view what) {
  return fail(Errc::invalid_argument, path + ": " + std::string(what));
}

/// The first line, as ConfigReader reads secrets.
Result<std::string> read_secret_file(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!file.is_open() || !std::getline(file, line))
    return refuse(path, "cannot be read or is empty");
  while (line.ends_with('\r'))
    line.pop_back();
  return line;
}

Result<Issuer> read_issuer(const std::string& path, const toml::table& table) {
  Issuer issuer;
  for (const auto& [key, node] : table) {
    const std::string_view name = key.str();
    const auto text = node.value_exact<std::string>();
    if (name == "iss" && text) {
      issuer.name = *text;
    } else if (name == "jwks_file" && text) {
      issuer.jwks_file = *text;
    } else if (name == "secret_file" && text) {
      auto secret = read_secret_file(*text);
      if (!secret)
        return secret.error();
      issuer.secret = std::move(*secret);
    } else if (name == "audience" && text) {
      issuer.audiences = {*text};
    } else if (const auto* list = node.as_array(); name == "audience" && list) {
      for (const auto& entry : *list) {
        const auto audience = entry.value_exact<std::string>();
        if (!audience)
          return refuse(path, "audience must be a text or a list of texts");
        issuer.audiences.push_back(*audience);
      }
    } else {
      return refuse(path,
                    "an issuer has iss, audience, jwks_file and secret_file, all text; found " + std::string(name));
    }
  }
  if (issuer.audiences.empty())
    issuer.audiences = {"authenticated"};
  return issuer;
}

}  // namespace

Result<std::vector<Issuer>> parse_issuers(const std::string& path) {
  const auto parsed = toml::parse_file(path);
  if (!parsed)
    return refuse(path, parsed.error().description());
  std::vector<Issuer> issuers;
  for (const auto& [key, node] : parsed.table()) {
    const auto* list = node.as_array();
    if (key.str() != "issuer" || !list)
      return refuse(path, "holds [[issuer]] tables only; found " + std::string(key.str()));
    for (const auto& entry : *list) {
      const auto* table = entry.as_table();
      if (!table)
        return refuse(path, "issuer must be a list of tables: [[issuer]]");
      auto issuer = read_issuer(path, *table);
      if (!issuer)
        return issuer.error();
      issuers.push_back(std::move(*issuer));
    }
  }
  return issuers;
}

std::vector<Issuer> read_issuers(ConfigReader& config, const std::string& own_name, const std::string& own_secret) {
  std::vector<Issuer> issuers;
  const auto names = split_list(config.text("SALESFLOW_JWT_FOREIGN_ISSUERS", "",
                                            "Another issuer to believe, with the keys of JWT_JWKS_FILE and "
                                            "SALESFLOW_JWT_FOREIGN_SECRET; for Supabase "
                                            "https://PROJECT.supabase.co/auth/v1."));
  Issuer single;
  single.audiences = split_list(config.text("SALESFLOW_JWT_FOREIGN_AUDIENCES", "authenticated",
                                            "Audiences accepted of this issuer, comma separated."));
  single.jwks_file = config.text("JWT_JWKS_FILE", "",
                                 "JSON Web Key Set of this issuer (RS256, ES256); read again when it changes. Emptied "
                                 "or deleted, it ends the trust in its keys.");
  single.secret = config.secret("SALESFLOW_JWT_FOREIGN_SECRET",
                                "Secret of this issuer (HS256); for Supabase the project's JWT secret.");
  const std::string file = config.text("SALESFLOW_JWT_ISSUERS", "",
                                       "TOML file of further issuers, each an [[issuer]] with iss, audience, jwks_file "
                                       "and secret_file.");
  if (names.size() > 1) {
    config.complain(
        "SALESFLOW_JWT_FOREIGN_ISSUERS names several issuers, but keys belong to one each: name them in the file of "
        "SALESFLOW_JWT_ISSUERS");
  } else if (names.size() == 1) {
    single.name = names.front();
    issuers.push_back(std::move(single));
  } else if (!single.jwks_file.empty() || !single.secret.empty()) {
    config.complain(
        "JWT_JWKS_FILE and SALESFLOW_JWT_FOREIGN_SECRET hold keys of another issuer: name it in "
        "SALESFLOW_JWT_FOREIGN_ISSUERS");
  }
  if (!file.empty()) {
    auto more = parse_issuers(file);
    if (!more) {
      config.complain("SALESFLOW_JWT_ISSUERS: " + more.error().public_detail);
    } else {
      issuers.insert(issuers.end(), std::make_move_iterator(more->begin()), std::make_move_iterator(more->end()));
    }
  }
  for (auto issuer = issuers.begin(); issuer != issuers.end(); ++issuer) {
    const std::string whose = "the issuer \"" + issuer->name + "\" ";
    if (issuer->name.empty())
      config.complain("an issuer of SALESFLOW_JWT_ISSUERS has no iss");
    if (issuer->name == own_name)
      config.complain(whose + "has the name of our own (SALESFLOW_JWT_ISSUER)");
    if (issuer->secret.empty() && issuer->jwks_file.empty())
      config.complain(whose + "has no keys: give it a jwks_file or a secret_file");
    if (!issuer->secret.empty() && issuer->secret.size() < secret_bytes_min)
      config.complain("the secret of " + whose + "must have at least 32 bytes");
    if (!issuer->secret.empty() && issuer->secret == own_secret)
      config.complain(whose + "must not have our JWT_SECRET: who signs for it would sign for us");
    for (auto other = issuers.begin(); other != issuer; ++other) {
      if (other->name == issuer->name)
        config.complain(whose + "is named twice");
      if (!issuer->secret.empty() && other->secret == issuer->secret)
        config.complain(whose + "has the secret of another issuer");
      if (!issuer->jwks_file.empty() && other->jwks_file == issuer->jwks_file)
        config.complain(whose + "has the key file of another issuer");
    }
  }
  return issuers;
}

}  // namespace salesflow::security
