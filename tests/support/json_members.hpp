// What was sent comes back under the same names: a check of every column of a statement at once.
#pragma once

#include <boost/describe.hpp>
#include <boost/mp11/algorithm.hpp>
#include <string>

#include "tests/support/test_database.hpp"

namespace salesflow::test {

/// The members of `sent` whose value `answered` does not have under the same name; both are JSON objects.
inline std::string members_that_differ(TestDatabase& database, const std::string& sent, const std::string& answered) {
  return database
      .run(
          "SELECT coalesce(string_agg(s.key || ' ' || s.value || ' is ' || coalesce(a.value::text, 'missing'), '; '), "
          "'') FROM jsonb_each($1::jsonb) AS s LEFT JOIN jsonb_each($2::jsonb) AS a USING (key) WHERE s.value IS "
          "DISTINCT FROM a.value",
          {sent, answered})
      .value();
}

/// The members of T that the JSON object `text` does not name: a test that sends every member must be told of new ones.
template <class T>
std::string members_not_named(const std::string& text) {
  std::string missing;
  boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_public>>([&](auto member) {
    const std::string name = member.name;
    if (text.find('"' + name + "\":") == std::string::npos)
      missing += name + ' ';
  });
  return missing;
}

}  // namespace salesflow::test
