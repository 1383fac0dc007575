# How a folder becomes a target. Suffixes decide what a file is:
#   *.cpp library · *_test.cpp unit test (needs nothing) · *_dbtest.cpp needs servers · *_main.cpp left to the folder.
#   sql/*.sql become typed constants in "<room>/queries.hpp" (namespace salesflow::<name>::sql).

# salesflow_library(NAME [DEPS target…]): the folder that calls it becomes the library sf_NAME.
function(salesflow_library name)
  cmake_parse_arguments(arg "" "" "DEPS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  file(GLOB unit_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cpp)
  file(GLOB db_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_dbtest.cpp)
  file(GLOB mains CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_main.cpp)
  if(unit_tests OR db_tests OR mains)
    list(REMOVE_ITEM sources ${unit_tests} ${db_tests} ${mains})
  endif()
  set_property(GLOBAL APPEND PROPERTY SF_UNIT_TESTS ${unit_tests})
  set_property(GLOBAL APPEND PROPERTY SF_DB_TESTS ${db_tests})
  set_property(GLOBAL APPEND PROPERTY SF_LIBRARIES sf_${name})
  if(sources)
    add_library(sf_${name} STATIC ${sources})
    target_link_libraries(sf_${name} PUBLIC sf_options ${arg_DEPS})
    target_precompile_headers(sf_${name} REUSE_FROM sf_pch)
  else()
    add_library(sf_${name} INTERFACE)
    target_link_libraries(sf_${name} INTERFACE sf_options ${arg_DEPS})
  endif()
  salesflow_embed_sql(${name})
endfunction()

# salesflow_feature(NAME): one slice under features/, on the whole platform.
function(salesflow_feature name)
  salesflow_library(${name} DEPS sf_core sf_runtime sf_json sf_text sf_http_toolkit sf_postgres sf_jobs sf_proof ${ARGN})
endfunction()

# Turns sql/*.sql of the calling folder into <room>/queries.hpp; a bad header fails the build.
function(salesflow_embed_sql name)
  file(GLOB statements CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/sql/*.sql)
  if(NOT statements)
    return()
  endif()
  file(RELATIVE_PATH room ${CMAKE_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  set(header ${CMAKE_BINARY_DIR}/generated/${room}/queries.hpp)
  set(rows ${CMAKE_BINARY_DIR}/generated/${room}/query_rows.hpp)
  add_custom_command(OUTPUT ${header} ${rows}
    COMMAND sql_to_header ${name} ${header} ${rows} ${statements}
    DEPENDS sql_to_header ${statements} COMMENT "SQL of ${room}" VERBATIM)
  add_custom_target(sf_${name}_sql DEPENDS ${header} ${rows})
  add_dependencies(sf_${name} sf_${name}_sql)
  set_property(GLOBAL APPEND PROPERTY SF_SQL_TARGETS sf_${name}_sql)
  set_property(GLOBAL APPEND PROPERTY SF_SQL_HEADERS ${room}/queries.hpp ${room}/query_rows.hpp)
  set_property(GLOBAL APPEND PROPERTY SF_SQL_NAMES ${name})
endfunction()

# Defines all_statements() and all_statement_rows() of platform/core in `target`: every room's statements in one list.
# After all rooms.
function(salesflow_catalogue target)
  get_property(headers GLOBAL PROPERTY SF_SQL_HEADERS)
  get_property(names GLOBAL PROPERTY SF_SQL_NAMES)
  get_property(sql_targets GLOBAL PROPERTY SF_SQL_TARGETS)
  set(includes "")
  set(rooms "")
  set(rows "")
  foreach(header IN LISTS headers)
    string(APPEND includes "#include \"${header}\"\n")
  endforeach()
  foreach(name IN LISTS names)
    string(APPEND rooms "    add(${name}::sql::catalogue);\n")
    string(APPEND rows "    add(${name}::sql::statement_rows);\n")
  endforeach()
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/catalogue.cpp @ONLY CONTENT
"// Made by cmake/Rooms.cmake; do not edit.
#include \"platform/core/catalogue.hpp\"

#include <vector>

@includes@
namespace salesflow {

std::span<const CatalogueEntry> all_statements() {
  static const std::vector<CatalogueEntry> all = [] {
    std::vector<CatalogueEntry> list;
    const auto add = [&list](const auto& room) { list.insert(list.end(), room.begin(), room.end()); };
@rooms@    return list;
  }();
  return all;
}

std::span<const StatementRows> all_statement_rows() {
  static const std::vector<StatementRows> all = [] {
    std::vector<StatementRows> list;
    const auto add = [&list](const auto& room) { list.insert(list.end(), std::begin(room), std::end(room)); };
@rows@    return list;
  }();
  return all;
}

}  // namespace salesflow
")
  target_sources(${target} PRIVATE ${CMAKE_BINARY_DIR}/generated/catalogue.cpp)
  add_dependencies(${target} ${sql_targets})
endfunction()

# Two test programs for the whole tree: unit_tests (need nothing) and db_tests (start private servers).
function(salesflow_test_programs)
  get_property(libraries GLOBAL PROPERTY SF_LIBRARIES)
  get_property(sql_targets GLOBAL PROPERTY SF_SQL_TARGETS)
  get_property(unit_tests GLOBAL PROPERTY SF_UNIT_TESTS)
  get_property(db_tests GLOBAL PROPERTY SF_DB_TESTS)
  foreach(program IN ITEMS unit db)
    if(${program}_tests)
      add_executable(${program}_tests ${${program}_tests})
      target_link_libraries(${program}_tests PRIVATE ${libraries} GTest::gtest GTest::gmock GTest::gtest_main
        rapidcheck rapidcheck_gtest)
      # g++ 12 with -O2 sees strings out of bounds where EXPECT_THROW inlines one.
      target_compile_options(${program}_tests PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds>)
      target_precompile_headers(${program}_tests REUSE_FROM sf_pch)
      if(sql_targets)
        add_dependencies(${program}_tests ${sql_targets})
      endif()
    endif()
  endforeach()
  if(TARGET sf_test_support AND TARGET db_tests)
    target_link_libraries(db_tests PRIVATE sf_test_support)
  endif()
endfunction()
