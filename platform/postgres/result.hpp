// Results of statements as libpq hands them out, without its header: only cells of binary results.
#pragma once

#include <memory>

#include "platform/postgres/wire.hpp"

extern "C" {
struct pg_result;
void PQclear(pg_result*);
int PQntuples(const pg_result*);
int PQnfields(const pg_result*);
char* PQgetvalue(const pg_result*, int, int);
int PQgetlength(const pg_result*, int, int);
int PQgetisnull(const pg_result*, int, int);
}

namespace salesflow::postgres {

/// The bytes of a result; rows that were decoded from it point into it.
using ResultPtr = std::shared_ptr<const pg_result>;

struct ClearResult {
  void operator()(pg_result* result) const noexcept { PQclear(result); }
};
/// A result that nobody shares yet.
using ResultHandle = std::unique_ptr<pg_result, ClearResult>;

/// One value of a row in binary form; length -1 is NULL.
struct Cell {
  const char* data;
  int length;
  bool is_null() const { return length < 0; }
};

inline Cell cell_at(const pg_result* result, int row, int column) {
  const int length = PQgetlength(result, row, column);
  // libpq answers length 0 for NULL too.
  if (length == 0 && PQgetisnull(result, row, column))
    return {nullptr, -1};
  return {PQgetvalue(result, row, column), length};
}

}  // namespace salesflow::postgres
