# salesflow_embed_migrations(TARGET FOLDER FUNCTION HEADER): adds FOLDER's *.sql to TARGET as one generated source that
# defines FUNCTION, declared in HEADER, so that a binary migrates without files beside it. Run with -P it is the
# generator itself.
if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  file(GLOB files ${FOLDER}/*.sql)
  list(SORT files)
  set(code "// Generated from SQL files.\n#include \"${HEADER}\"\n")
  string(APPEND code "namespace salesflow::migrations {\nconst std::vector<EmbeddedFile>& ${FUNCTION}() {\n")
  string(APPEND code "  static const std::vector<EmbeddedFile> files{\n")
  foreach(file IN LISTS files)
    get_filename_component(name ${file} NAME)
    file(READ ${file} text)
    string(APPEND code "    {\"${name}\", R\"sfsql(${text})sfsql\"},\n")
  endforeach()
  string(APPEND code "  };\n  return files;\n}\n}  // namespace salesflow::migrations\n")
  file(WRITE ${OUTPUT} "${code}")
  return()
endif()

set(SALESFLOW_EMBED_MIGRATIONS_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
function(salesflow_embed_migrations target folder function header)
  file(GLOB files CONFIGURE_DEPENDS ${folder}/*.sql)
  set(output ${CMAKE_BINARY_DIR}/generated/platform/migrations/${function}.cpp)
  # The names' hash makes a removed file another command; times alone would not tell.
  string(MD5 names "${files}")
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${folder} -DOUTPUT=${output} -DFUNCTION=${function} -DHEADER=${header} -DNAMES=${names}
      -P ${SALESFLOW_EMBED_MIGRATIONS_SCRIPT}
    DEPENDS ${files} ${SALESFLOW_EMBED_MIGRATIONS_SCRIPT} COMMENT "${function} into the binary" VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
