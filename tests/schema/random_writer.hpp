// RandomWriter: transactions that nobody thought of, against the sources of kept figures.
#pragma once

#include <fmt/format.h>

#include <random>
#include <string>
#include <vector>

#include "tests/support/test_database.hpp"

namespace salesflow::test {

/// Writes into every source that a table of declarations names (`salesflow.rollups`), in whatever way a table can be
/// written; what constraints refuse is rolled back.
class RandomWriter {
 public:
  RandomWriter(const std::string& url, std::uint32_t seed, const std::string& declarations)
      : session_(SqlSession::connect(url).value()), random_(seed) {
    session_.run("SET deadlock_timeout = '20ms'").value();
    const auto sources = session_.run("SELECT DISTINCT source FROM " + declarations + " ORDER BY 1").value();
    for (std::size_t i = 0; i < sources.rows.size(); ++i) {
      const auto columns =
          session_
              .run(
                  "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT "
                  "attisdropped AND attgenerated = '' AND attname <> 'id' ORDER BY attnum",
                  {sources.value(i)})
              .value();
      Source source{sources.value(i), {}};
      for (std::size_t column = 0; column < columns.rows.size(); ++column)
        source.columns.push_back(columns.value(column));
      sources_.push_back(std::move(source));
    }
  }

  /// One transaction; true when it was committed.
  bool write() {
    session_.run(one_of(3) == 0 ? "BEGIN ISOLATION LEVEL REPEATABLE READ" : "BEGIN").value();
    bool good = true;
    for (unsigned i = 0, writes = 1 + one_of(3); good && i < writes; ++i) {
      const bool undone = one_of(5) == 0;
      if (undone)
        session_.run("SAVEPOINT undone").value();
      good = session_.run(statement()).has_value();
      if (good && undone)
        session_.run("ROLLBACK TO SAVEPOINT undone").value();
    }
    if (!good || one_of(4) == 0) {
      session_.run("ROLLBACK").value();
      return false;
    }
    return session_.run("COMMIT").has_value();
  }

 private:
  struct Source {
    std::string table;
    std::vector<std::string> columns;  // that can be written, without id
  };
  unsigned one_of(unsigned choices) { return random_() % choices; }

  std::string statement() {
    const Source& source = sources_[one_of(static_cast<unsigned>(sources_.size()))];
    const std::string& table = source.table;
    const std::string column = source.columns[one_of(static_cast<unsigned>(source.columns.size()))];
    std::string columns;
    for (const auto& name : source.columns)
      columns += ", " + name;
    const std::string some =
        fmt::format("SELECT id FROM {} ORDER BY md5(id::text || {}) LIMIT {} FOR UPDATE SKIP LOCKED", table,
                    one_of(1000), 1 + one_of(6));
    const std::string other =
        fmt::format("(SELECT o.{} FROM {} AS o ORDER BY md5(o.id::text || {}) LIMIT 1)", column, table, one_of(1000));
    const std::string copies = fmt::format("SELECT gen_random_uuid(){} FROM {} ORDER BY md5(id::text || {}) LIMIT {}",
                                           columns, table, one_of(1000), 1 + one_of(6));
    switch (one_of(8)) {
      case 0:
      case 1:
        return fmt::format("INSERT INTO {} (id{}) {} ON CONFLICT DO NOTHING", table, columns, copies);
      case 2:
        return fmt::format("UPDATE {} SET {} = {} WHERE id IN ({})", table, column, other, some);
      case 3:
        return fmt::format("UPDATE {} SET {} = NULL WHERE id IN ({})", table, column, some);
      case 4:
        return fmt::format("DELETE FROM {} WHERE id IN ({})", table, some);
      case 5:
        return fmt::format(
            "MERGE INTO {0} AS t USING ({1}) AS s ON s.id = t.id WHEN MATCHED AND t.id < md5('x')::uuid THEN DELETE "
            "WHEN "
            "MATCHED THEN UPDATE SET {2} = {3}",
            table, some, column, other);
      case 6:
        return fmt::format(
            "INSERT INTO {0} AS t (id{1}) SELECT CASE WHEN id < md5('x')::uuid THEN id ELSE gen_random_uuid() END{1} "
            "FROM "
            "{0} ORDER BY id LIMIT 5 ON CONFLICT (id) DO UPDATE SET {2} = {3}",
            table, columns, column, other);
      default:  // a bulk load
        return fmt::format(
            "DO $$ DECLARE v_file text := format('%s/random-%s.copy', current_setting('data_directory'), "
            "pg_backend_pid()); BEGIN EXECUTE format('COPY ({0}) TO %L', v_file); EXECUTE format('COPY {1} (id{2}) "
            "FROM "
            "%L', v_file); END $$",
            copies, table, columns);
    }
  }

  SqlSession session_;
  std::mt19937 random_;
  std::vector<Source> sources_;
};

}  // namespace salesflow::test
