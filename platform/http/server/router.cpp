#include "platform/http/server/router.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "platform/http/toolkit/percent.hpp"

namespace salesflow::http {

/// A path's end: its route by method.
struct Router::Place {
  std::array<int, method_count> by_method;
  std::string allow;
  Place() { by_method.fill(-1); }
};

struct Router::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> children;
  std::unique_ptr<Node> parameter;
  std::unique_ptr<Place> place;
};

namespace {

std::vector<std::string_view> parameter_names(std::string_view path) {
  std::vector<std::string_view> names;
  while (true) {
    const auto open = path.find('{');
    if (open == std::string_view::npos)
      return names;
    const auto close = path.find('}', open);
    if (close == std::string_view::npos)
      throw std::logic_error("route template without }");
    names.push_back(path.substr(open + 1, close - open - 1));
    path = path.substr(close + 1);
  }
}

[[noreturn]] void refuse(std::string_view path, const char* why) {
  throw std::logic_error("route " + std::string(path) + ": " + why);
}

}  // namespace

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

void Router::add(std::vector<Route> routes) {
  for (Route& route : routes)
    add(std::move(route));
}

void Router::add(Route route) {
  if (!route.handler)
    refuse(route.path, "has no handler");
  if (route.idempotency == Idempotency::optional && route.auth == Auth::anyone) {
    refuse(route.path, "keys are per user, so an idempotent route needs one");
  }
  const auto names = parameter_names(route.path);
  const std::size_t index = routes_.size();
  routes_.push_back(std::make_unique<Route>(std::move(route)));
  const Route& added = *routes_.back();
  insert(added.path, index);
  for (const std::string_view alias : added.aliases) {
    if (parameter_names(alias) != names)
      refuse(alias, "an alias must have the same parameters in the same order");
    insert(alias, index);
  }
}

void Router::insert(std::string_view path, std::size_t index) {
  if (path.empty() || path.front() != '/')
    refuse(path, "must begin with /");
  Node* node = root_.get();
  bool has_parameters = false;
  std::string_view rest = path.substr(1);
  while (true) {
    const auto slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    if (segment.find_first_of("{}") != std::string_view::npos) {
      if (segment.size() < 3 || segment.front() != '{' || segment.back() != '}')
        refuse(path, "a parameter is a whole segment");
      has_parameters = true;
      if (!node->parameter)
        node->parameter = std::make_unique<Node>();
      node = node->parameter.get();
    } else {
      auto& child = node->children[std::string(segment)];
      if (!child)
        child = std::make_unique<Node>();
      node = child.get();
    }
    if (slash == std::string_view::npos)
      break;
    rest = rest.substr(slash + 1);
  }
  if (!node->place)
    node->place = std::make_unique<Place>();
  Place& place = *node->place;
  const auto method = static_cast<std::size_t>(routes_[index]->method);
  if (place.by_method[method] >= 0)
    refuse(path, "is declared twice");
  place.by_method[method] = static_cast<int>(index);
  place.allow.clear();
  for (std::size_t m = 0; m < method_count; ++m) {
    const auto each = static_cast<Method>(m);
    const bool head_of_get = each == Method::head && place.by_method[static_cast<std::size_t>(Method::get)] >= 0;
    if (place.by_method[m] < 0 && !head_of_get && each != Method::options)
      continue;
    if (!place.allow.empty())
      place.allow += ", ";
    place.allow += to_string(each);
  }
  if (!has_parameters)
    exact_.emplace(path, &place);
}

const Router::Place* Router::walk(const Node& node, std::string_view rest, std::vector<std::string>& parameters,
                                  bool& bad_escape) {
  const auto slash = rest.find('/');
  const std::string_view raw = rest.substr(0, slash);
  std::string decoded;
  std::string_view segment = raw;
  if (raw.find('%') != std::string_view::npos) {
    auto text = percent_decode(raw, false);
    if (!text) {
      bad_escape = true;
      return nullptr;
    }
    decoded = std::move(*text);
    segment = decoded;
  }
  const auto further = [&](const Node& next) -> const Place* {
    if (slash == std::string_view::npos)
      return next.place.get();
    return walk(next, rest.substr(slash + 1), parameters, bad_escape);
  };
  if (const auto child = node.children.find(segment); child != node.children.end()) {
    if (const Place* place = further(*child->second))
      return place;
    if (bad_escape)
      return nullptr;
  }
  if (node.parameter && !segment.empty()) {
    parameters.emplace_back(segment);
    if (const Place* place = further(*node.parameter))
      return place;
    parameters.pop_back();
  }
  return nullptr;
}

Match Router::find(Method method, std::string_view path, std::vector<std::string>& parameters) const {
  parameters.clear();
  Match match;
  const Place* place = nullptr;
  if (const auto found = exact_.find(path); found != exact_.end()) {
    place = found->second;
  } else {
    bool bad_escape = false;
    if (!path.empty() && path.front() == '/')
      place = walk(*root_, path.substr(1), parameters, bad_escape);
    if (bad_escape) {
      match.kind = Match::Kind::bad_escape;
      return match;
    }
  }
  if (!place)
    return match;
  match.allow = place->allow;
  int index = place->by_method[static_cast<std::size_t>(method)];
  if (index < 0 && method == Method::head)
    index = place->by_method[static_cast<std::size_t>(Method::get)];
  if (index < 0) {
    match.kind = Match::Kind::wrong_method;
    return match;
  }
  match.kind = Match::Kind::found;
  match.index = static_cast<std::size_t>(index);
  match.route = routes_[match.index].get();
  return match;
}

}  // namespace salesflow::http
