// Router: the route table and its lookup. Filled by each slice's routes() before the server listens.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "platform/core/result.hpp"
#include "platform/http/toolkit/route.hpp"

namespace salesflow::http {

/// What matched. `allow` lists the path's methods ("GET, HEAD, OPTIONS") whenever the path is known.
struct Match {
  enum class Kind { found, wrong_method, unknown_path, bad_escape } kind = Kind::unknown_path;
  const Route* route = nullptr;  // found only
  std::size_t index = 0;         // of the route in Router::routes()
  std::string_view allow;
};

/// Static segments win over {parameters}. Immutable once the server runs; one a thread, since handlers belong to it.
class Router {
 public:
  Router();
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;

  /// Adds a route and its aliases. Throws std::logic_error for a bug in the table: a path twice for one method, a bad
  /// template, other parameters in an alias, an idempotent route that anyone may call (keys are per user).
  void add(Route route);
  void add(std::vector<Route> routes);

  const std::vector<std::unique_ptr<Route>>& routes() const { return routes_; }

  /// Looks up a path as sent (percent-encoded, without query). HEAD finds GET's route. `parameters` gets the decoded
  /// values in the template's order. No allocation for paths without parameters.
  Match find(Method method, std::string_view path, std::vector<std::string>& parameters) const;

 private:
  struct Node;
  struct Place;
  void insert(std::string_view path, std::size_t index);
  static const Place* walk(const Node& node, std::string_view rest, std::vector<std::string>& parameters,
                           bool& bad_escape);

  std::vector<std::unique_ptr<Route>> routes_;
  std::unique_ptr<Node> root_;
  std::unordered_map<std::string_view, const Place*> exact_;  // templates without parameters; keys are static storage
};

}  // namespace salesflow::http
