#include "platform/partitions/swap.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace salesflow::partitions {
namespace {

std::string without_not_null(std::string definition) {
  if (const auto at = definition.find(" not null"); at != std::string::npos) {
    definition.erase(at, 9);
  }
  return definition;
}

}  // namespace

void strip(Script& script, const Names& names, const Portrait& portrait) {
  for (const auto& item : portrait) {
    if (item.kind == "trigger") {
      script.run(fmt::format("DROP TRIGGER {} ON {}", ident(item.name), names.full));
    } else if (item.kind == "policy") {
      script.run(fmt::format("DROP POLICY {} ON {}", ident(item.name), names.full));
    } else if (item.kind == "publication") {
      script.run(fmt::format("ALTER PUBLICATION {} DROP TABLE {}", ident(item.name), names.full));
    } else if (item.kind == "sequence") {
      script.run(fmt::format("ALTER SEQUENCE {} OWNED BY NONE", item.name));
    }
  }
}

void replay(Script& script, const Portrait& portrait, const std::vector<std::string>& kinds) {
  for (const auto& item : portrait) {
    if (std::find(kinds.begin(), kinds.end(), item.kind) != kinds.end()) {
      script.run(item.statement);
    }
  }
}

void publish_via_root(Script& script, const Names& names, bool back) {
  if (!back) {
    script.run(fmt::format(
        "UPDATE salesflow.partitioned_tables SET facts = facts || jsonb_build_object('publications', (SELECT "
        "coalesce(jsonb_agg(p.pubname), '[]') FROM pg_publication AS p WHERE NOT p.pubviaroot AND EXISTS (SELECT FROM "
        "pg_get_publication_tables(p.pubname::text) AS l WHERE l.relid = {0}::regclass))) WHERE table_name = {0}",
        literal(names.full)));
  }
  script.run(
      fmt::format("DO $$ DECLARE name text; BEGIN FOR name IN SELECT jsonb_array_elements_text(facts -> "
                  "'publications') FROM salesflow.partitioned_tables "
                  "WHERE table_name = {} LOOP IF EXISTS (SELECT FROM pg_publication WHERE pubname = name) THEN EXECUTE "
                  "format('ALTER PUBLICATION %I SET "
                  "(publish_via_partition_root = {})', name); END IF; END LOOP; END $$",
                  literal(names.full), back ? "false" : "true"));
}

void prove(Script& script, const Names& names, Portrait before, bool created_at_nullable,
           std::vector<std::string>* kept) {
  if (!script) {
    return;
  }
  auto after = take_portrait(script.session(), names.full);
  if (!after.answer) {
    script.last = after.answer;
    return;
  }
  for (Portrait* portrait : {&before, &after.items}) {
    for (auto& item : *portrait) {
      if (created_at_nullable && item.kind == "column" && item.name == "created_at")
        item.definition = without_not_null(item.definition);
    }
  }
  // Materialized views follow after the swap; until then they are read as they are.
  const auto sentences = differences(before, after.items, {"materialized view"});
  if (!sentences.empty()) {
    std::string text = "the comparison of " + names.full + " with what it was found differences, nothing was changed";
    for (const auto& sentence : sentences)
      text += (&sentence == &sentences.front() ? ": " : "; ") + sentence;
    script.last = Answer(migrations::SqlError{"XX000", text, "", ""});
    return;
  }
  if (kept != nullptr) {
    std::map<std::string, int> counts;
    for (const auto& item : before)
      ++counts[item.kind];
    kept->clear();
    for (const auto& [kind, count] : counts)
      kept->push_back(fmt::format("{} {}", count, kind));
  }
}

std::int64_t HoldTime::ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin_).count();
}

void HoldTime::check(Script& script, std::chrono::milliseconds budget) const {
  if (script && ms() > budget.count()) {
    script.last = Answer(
        migrations::SqlError{"55P03", fmt::format("the swap took {} ms, more than {}", ms(), budget.count()), "", ""});
  }
}

}  // namespace salesflow::partitions
