# Installs the docs page's npm package into TO and leaves its two files there as gzip. Run by the build:
#   cmake -DFROM=<platform/http/docs/swagger> -DTO=<build folder> -P fetch.cmake
find_program(NPM npm)
if(NOT NPM)
  message(FATAL_ERROR "npm is missing; it brings the API docs page. script/bootstrap installs it.")
endif()
find_program(GZIP gzip REQUIRED)
file(MAKE_DIRECTORY ${TO})
file(COPY ${FROM}/package.json ${FROM}/package-lock.json DESTINATION ${TO})
# No install scripts: the package needs none, and one of its dependencies would report the install to its maker.
execute_process(COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund --loglevel=error WORKING_DIRECTORY ${TO}
  RESULT_VARIABLE failed OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(failed)
  message(FATAL_ERROR "npm ci for the API docs page failed; is the npm registry reachable?\n${output}")
endif()
foreach(file IN ITEMS swagger-ui-bundle.js swagger-ui.css)
  execute_process(COMMAND ${GZIP} -9 -n -c ${TO}/node_modules/swagger-ui-dist/${file} OUTPUT_FILE ${TO}/${file}.gz
    COMMAND_ERROR_IS_FATAL ANY)
endforeach()
