# Builds the web app. Run by the build:
#   cmake -DSTEP=install|build -DFROM=<web> -DTO=<build folder> -P BuildWeb.cmake
# install: what package-lock.json names, into FROM/node_modules. build: the pages, compressed, as bundle.bin
# and bundle.inc in TO, which platform/http/web embeds.
find_program(NPM npm)
if(NOT NPM)
  message(FATAL_ERROR "npm is missing; the release build needs it for the web app. script/bootstrap installs it; "
    "a build with -DSALESFLOW_WEB=OFF goes without.")
endif()
file(MAKE_DIRECTORY ${TO})
function(run_npm what)
  execute_process(COMMAND ${CMAKE_COMMAND} -E env SALESFLOW_WEB_OUT=${TO} ${NPM} ${ARGN} WORKING_DIRECTORY ${FROM}
    RESULT_VARIABLE failed OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(failed)
    message(FATAL_ERROR "${what} failed:\n${output}")
  endif()
endfunction()
if(STEP STREQUAL "install")
  # No install scripts: nothing of ours needs one.
  run_npm("npm ci for the web app (is the npm registry reachable?)" ci --ignore-scripts --no-audit --no-fund
    --loglevel=error)
  file(TOUCH ${TO}/installed)
else()
  run_npm("the build of the web app" run build)
endif()
