# Compiler settings that every target shares, as the interface library sf_options.
add_library(sf_options INTERFACE)
target_include_directories(sf_options INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
target_compile_options(sf_options INTERFACE -Wall -Wextra -Werror -fno-omit-frame-pointer)
target_compile_definitions(sf_options INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  BOOST_ASIO_DISABLE_BOOST_ARRAY BOOST_ASIO_DISABLE_BOOST_REGEX SPDLOG_FMT_EXTERNAL SPDLOG_COMPILED_LIB)

# Where this tree is, for tests that read its files: in a header of its own, so that the other objects are the same in
# every folder and ccache serves them.
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/build_paths.hpp @ONLY CONTENT
"#pragma once
#define SALESFLOW_SOURCE_DIR \"@CMAKE_SOURCE_DIR@\"
#define SALESFLOW_BINARY \"@CMAKE_BINARY_DIR@/salesflow\"
")

find_program(CCACHE ccache)
if(CCACHE)
  # The settings travel with the command, so that every way of calling ninja finds the same cache, in any checkout.
  set(launcher /usr/bin/env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
endif()
find_program(MOLD mold)
if(MOLD)
  target_link_options(sf_options INTERFACE -fuse-ld=mold)
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # Without a time stamp inside the precompiled header ccache can hit.
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang$<SEMICOLON>-fno-pch-timestamp>)
else()
  # The second option trades memory (about 1 GB a compiler) for a quarter of the time spent collecting garbage.
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>
                      "$<$<COMPILE_LANGUAGE:CXX>:SHELL:--param ggc-min-expand=100 --param ggc-min-heapsize=1048576>")
  # g++ 12 sees dangling storage in coroutine frames of std::optional and std::string where there is none, and
  # takes a frame's own operator new and delete for a mismatched pair.
  target_compile_options(sf_options INTERFACE -Wno-maybe-uninitialized -Wno-dangling-pointer -Wno-restrict -Wno-mismatched-new-delete)
endif()

if(SALESFLOW_SANITIZE)
  # The four checks left out double an object's size and cost a quarter of its compile time; AddressSanitizer sees
  # what they would see of a null or stray pointer.
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined
                      -fno-sanitize=null,alignment,vptr,object-size)
  add_link_options(-fsanitize=address,undefined)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    add_compile_options(-fno-sanitize=function)  # clang 14 cannot emit it for coroutines
  endif()
endif()

if(SALESFLOW_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# One small precompiled header for the whole tree; no header of ours is in it.
file(WRITE ${CMAKE_BINARY_DIR}/pch_anchor.cpp "// anchors the shared precompiled header\n")
add_library(sf_pch OBJECT ${CMAKE_BINARY_DIR}/pch_anchor.cpp)
target_link_libraries(sf_pch PRIVATE sf_options)
target_precompile_headers(sf_pch PRIVATE ${CMAKE_SOURCE_DIR}/cmake/pch.hpp)
