#include "platform/migrations/printed_definition.hpp"

#include <gtest/gtest.h>

namespace salesflow::migrations {
namespace {

TEST(PrintedDefinition, CastsOfArraysAreThoseOfTheirItems) {
  EXPECT_EQ(
      as_restored(
          "CHECK (((role)::text = ANY ((ARRAY['a'::character varying, 'it''s, b'::character varying])::text[])))"),
      "CHECK (((role)::text = ANY (ARRAY[('a'::character varying)::text, ('it''s, b'::character varying)::text])))");
  for (const char* other : {"CHECK ((a = ANY ((ARRAY['x'::character varying, b])::text[])))",
                            "CHECK ((a = '(ARRAY[''x''::character varying])::text[]'::text))",
                            "CHECK (((role)::text = ANY (ARRAY[('a'::character varying)::text])))"})
    EXPECT_EQ(as_restored(other), other);
}

TEST(PrintedDefinition, WhatOneOperatorJoinsStandsInOnePairOfParentheses) {
  EXPECT_EQ(as_restored("WHEN ((((a IS DISTINCT FROM b) OR (c IS DISTINCT FROM d)) OR (e)))"),
            "WHEN (((a IS DISTINCT FROM b) OR (c IS DISTINCT FROM d) OR (e)))");
  EXPECT_EQ(as_restored("((((a) OR (b)) OR (c)) OR (d))"), "((a) OR (b) OR (c) OR (d))");
  EXPECT_EQ(as_restored("((((a) AND (b)) AND (c)) OR (d))"), "(((a) AND (b) AND (c)) OR (d))");
}

TEST(PrintedDefinition, WhatMeansSomethingElseStaysAsItIs) {
  for (const char* other : {"(((a) OR (b)) AND (c))", "((a) OR ((b) OR (c)))", "((NOT ((a) OR (b))) OR (c))",
                            "(f((a) OR (b)) OR (c))", "((((a) OR (b)) IS TRUE) OR (c))", "(((a) OR (b))::text OR (c))",
                            "((x = ' OR ') AND (y = ')'))", "((\"a (OR \" = 1) OR (b))", "((a) OR (b)", ""})
    EXPECT_EQ(as_restored(other), other);
}

}  // namespace
}  // namespace salesflow::migrations
