#include "platform/migrations/migration_file.hpp"

#include <gtest/gtest.h>

#include "build_paths.hpp"
#include "platform/migrations/index_build.hpp"

namespace salesflow::migrations {
namespace {

std::string header(const std::string& name, const std::string& phase = "base", const std::string& transaction = "one") {
  return "-- why: a test\n--      of two lines\n-- phase: " + phase + "\n-- transaction: " + transaction +
         "\n-- lock: none\n-- owner: tests\n-- undo: " + name + ".down.sql\n";
}

TEST(MigrationFile, TheBinaryCarriesWholePairsInOrder) {
  const auto migrations = embedded_migrations();
  ASSERT_TRUE(migrations) << migrations.error().public_detail;
  ASSERT_GE(migrations->size(), 20u);
  for (const auto& migration : *migrations) {
    EXPECT_TRUE(migration.down_sql) << migration.name;
    EXPECT_EQ(migration.checksum.size(), 64u);
    EXPECT_NE(migration.name.find("_" + std::string(to_string(migration.phase)) + "_"), std::string::npos)
        << migration.name;
  }
}

TEST(MigrationFile, TheFolderAndTheBinaryHoldTheSame) {
  const auto embedded = embedded_migrations();
  const auto loaded = load_migrations(SALESFLOW_SOURCE_DIR "/db/migrations");
  ASSERT_TRUE(embedded && loaded);
  ASSERT_EQ(embedded->size(), loaded->size());
  for (std::size_t i = 0; i < embedded->size(); ++i) {
    EXPECT_EQ((*embedded)[i].checksum, (*loaded)[i].checksum) << (*embedded)[i].name;
  }
}

TEST(MigrationFile, ReadsItsHeader) {
  const std::string text = header("0001_a") + "SELECT 1;";
  const auto migrations = parse_migrations({{"0001_a.up.sql", text}});
  ASSERT_TRUE(migrations) << migrations.error().public_detail;
  EXPECT_EQ((*migrations)[0].why, "a test of two lines");
  EXPECT_EQ((*migrations)[0].version, 1);
  EXPECT_TRUE((*migrations)[0].transactional);
  EXPECT_FALSE((*migrations)[0].down_sql);
}

TEST(MigrationFile, RefusesWhatIsIncompleteOrContradictory) {
  const std::string good = header("0001_a"), late = header("0001_a", "phase1"), second = header("0002_b");
  const std::string concurrent = good + "CREATE INDEX CONCURRENTLY i ON public.t (a);";
  const auto refused = [](const std::vector<EmbeddedFile>& files, const std::string& word) {
    const auto migrations = parse_migrations(files);
    return migrations.has_error() && migrations.error().code == Errc::invalid_argument &&
           migrations.error().public_detail.find(word) != std::string::npos;
  };
  EXPECT_TRUE(refused({{"0001_a.up.sql", "-- why: x\nSELECT 1"}}, "phase"));
  EXPECT_TRUE(refused({{"a.up.sql", good}}, "NNNN_name"));
  EXPECT_TRUE(refused({{"0001_a.sql", good}}, ".down.sql"));
  EXPECT_TRUE(refused({{"0001_b.up.sql", good}}, "undo"));
  EXPECT_TRUE(refused({{"0001_a.down.sql", "SELECT 1"}}, "no up file"));
  EXPECT_TRUE(refused({{"0001_a.up.sql", concurrent}}, "CONCURRENTLY"));
  EXPECT_TRUE(refused({{"0001_a.up.sql", late}, {"0002_b.up.sql", second}}, "earlier phase"));
}

TEST(MigrationFile, ReadsConcurrentIndexStatements) {
  const auto index = parse_create_index("CREATE UNIQUE INDEX CONCURRENTLY i_key\n  ON public.t (a, b)\n  WHERE a > 0");
  ASSERT_TRUE(index);
  EXPECT_TRUE(index->unique);
  EXPECT_EQ(index->qualified(), "public.i_key");
  EXPECT_EQ(index->text("x"), "CREATE UNIQUE INDEX CONCURRENTLY x ON public.t (a, b)\n  WHERE a > 0");
  EXPECT_FALSE(parse_create_index("CREATE INDEX i ON public.t (a)"));
  EXPECT_EQ(parse_drop_index("DROP INDEX CONCURRENTLY IF EXISTS public.i"), "public.i");
  EXPECT_FALSE(parse_drop_index("DROP INDEX public.i"));
}

}  // namespace
}  // namespace salesflow::migrations
