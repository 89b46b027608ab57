# The few rules by which every week builds. Included once, by common/CMakeLists.txt.
#
#   strata_library(NAME [ROOM dir] [TOGETHER n] SOURCES ... DEPS ...)  a room: headers beside
#                                   sources; TOGETHER: n sources are compiled as one
#   strata_test(NAME [SHARDS n] SOURCES ... DEPS ...)    a GoogleTest program, n CTest entries
#   strata_program(NAME SOURCES ... DEPS ...)            lands in bin/
#   strata_bench / strata_fuzzer                         the same, for the two other kinds
#   strata_stage(NAME SOURCES ... [LOAD ...] DEPS ...)   registers a week's stage with the tools
#   strata_tools(STAGE ...)                              strata-load and strata-dump over stages
#
# STRATA_SANITIZE  a list for -fsanitize=        STRATA_FUZZ   build the fuzzers (clang)
# STRATA_TESTS  whether "all" includes the tests (the release preset: no)
# STRATA_STANDALONE  compile each source by itself, without precompiled headers
# STRATA_WORKSHOP  a folder whose files replace the reference's, see strata_overlay below
# STRATA_THROUGH  the last week that strata-load and strata-dump know (for a learner's first build)
# STRATA_OVERLAY_WEEKS  which weeks of that folder are laid over; empty means every one

include_guard(GLOBAL)

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

# What is built for tests is compiled more often than it is run, so it is optimised a little only
# (what is measured is a release build). Line numbers are all that a trace needs. A learner's own
# files have all that a debugger wants (strata_overlay).
if(CMAKE_CXX_FLAGS_RELWITHDEBINFO STREQUAL "-O2 -g -DNDEBUG")
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1 -DNDEBUG")
endif()

set(STRATA_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize=")
set(STRATA_WORKSHOP "" CACHE PATH "The learner's files, laid over the reference")
set(STRATA_THROUGH "" CACHE STRING "The last week that strata-load and strata-dump know")
set(STRATA_OVERLAY_WEEKS "" CACHE STRING "Weeks of STRATA_WORKSHOP that are laid over; empty: all")
option(STRATA_FUZZ "Build the fuzzers" OFF)
option(STRATA_TESTS "Build the tests along with everything else" ON)
option(STRATA_STANDALONE "Compile each source by itself, without precompiled headers" OFF)

find_program(STRATA_CCACHE ccache)
if(STRATA_CCACHE)
  # With precompiled headers it has to be told that macros are not compared (its manual), and to hash
  # a file that did not change only once: the precompiled header has a hundred megabytes.
  find_program(STRATA_ENV env REQUIRED)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${STRATA_ENV}
    CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_INODECACHE=true
    ${STRATA_CCACHE})
endif()

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(cxxopts REQUIRED)
# GCC 12 warns inside <regex> when sanitizers are on (its bug 105562), and it is slow to compile.
target_compile_definitions(cxxopts::cxxopts INTERFACE CXXOPTS_NO_REGEX)
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)

get_filename_component(STRATA_ROOT ${CMAKE_CURRENT_LIST_DIR}/../.. ABSOLUTE)

add_library(strata_flags INTERFACE)
# -fPIC also for programs: they share precompiled headers with the libraries.
target_compile_options(strata_flags INTERFACE -fPIC -Wall -Wextra -Wpedantic -Wconversion -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # "text" + std::string: a false alarm of GCC 12 (its bug 105651).
  target_compile_options(strata_flags INTERFACE -Wno-restrict)
endif()
# Misuse of the standard library (an empty optional, an index outside) ends the program.
target_compile_definitions(strata_flags INTERFACE $<$<NOT:$<CONFIG:Release>>:_GLIBCXX_ASSERTIONS>)
find_program(STRATA_GOLD ld.gold)  # of the same package as ld, and twice as fast
if(STRATA_GOLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_link_options(strata_flags INTERFACE -fuse-ld=gold)
endif()
if(STRATA_SANITIZE)
  target_compile_options(strata_flags INTERFACE
    -fsanitize=${STRATA_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(strata_flags INTERFACE -fsanitize=${STRATA_SANITIZE})
endif()
if(STRATA_FUZZ)
  target_compile_options(strata_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Most of the time of a compiler goes into reading the same headers again, so:
# - headers that many sources include are read once and kept (strata_precompile), and
# - small sources that change together are compiled together (strata_together).
# STRATA_STANDALONE switches both off. Then each source must include what it uses; clang-tidy looks
# at the sources this way.
#
# Every tree with the same flags finds the same objects in ccache, those made with precompiled headers
# too: all paths in them are relative, and ccache is told that macros are not compared (its manual).
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/precompiled.cc CONTENT "int main() {}\n")
add_library(strata_fmt_macros INTERFACE)  # the same for all who share the headers
get_target_property(STRATA_FMT_MACROS fmt::fmt INTERFACE_COMPILE_DEFINITIONS)
target_compile_definitions(strata_fmt_macros INTERFACE ${STRATA_FMT_MACROS})
set(STRATA_STANDARD_HEADERS <algorithm> <array> <atomic> <chrono> <condition_variable> <cstdint>
  <deque> <expected> <filesystem> <fstream> <functional> <map> <memory> <mutex> <optional> <set>
  <span> <sstream> <string> <string_view> <thread> <unordered_map> <variant> <vector>
  <fmt/format.h>)

# A set of headers that is read once: NAME is given to strata_precompile. FLAGS: a target whose flags
# are those of all users.
function(strata_header_set name)
  cmake_parse_arguments(ARG "" "" "HEADERS;FLAGS" ${ARGN})
  if(NOT STRATA_STANDALONE AND NOT TARGET ${name})
    add_library(${name} STATIC EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/precompiled.cc)
    target_link_libraries(${name} PRIVATE ${ARG_FLAGS} strata_fmt_macros)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      target_compile_options(${name} PRIVATE -fpch-preprocess)  # for ccache
    endif()
    target_precompile_headers(${name} PRIVATE ${ARG_HEADERS})
  endif()
endfunction()

function(strata_precompile target set)
  if(NOT STRATA_STANDALONE)
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:strata_fmt_macros>)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      target_compile_options(${target} PRIVATE -fpch-preprocess)
    endif()
    target_precompile_headers(${target} REUSE_FROM ${set})
  endif()
endfunction()

# Compiles the sources of `target` by groups of `size`, each group as one file.
function(strata_together target size)
  if(NOT STRATA_STANDALONE)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${size})
  endif()
endfunction()

strata_header_set(strata_standard HEADERS ${STRATA_STANDARD_HEADERS} FLAGS strata_flags)

# Replaces each source by the learner's, where the workshop has one for this week.
function(strata_overlay out)
  set(result)
  file(RELATIVE_PATH week ${STRATA_ROOT} ${CMAKE_CURRENT_SOURCE_DIR})
  foreach(source ${ARGN})
    set(mine ${STRATA_WORKSHOP}/${week}/${source})
    if(STRATA_WORKSHOP AND EXISTS ${mine} AND
       (NOT STRATA_OVERLAY_WEEKS OR week IN_LIST STRATA_OVERLAY_WEEKS))
      list(APPEND result ${mine})
      set_source_files_properties(${mine} PROPERTIES COMPILE_OPTIONS -g)
    else()
      list(APPEND result ${CMAKE_CURRENT_SOURCE_DIR}/${source})
    endif()
  endforeach()
  set(${out} ${result} PARENT_SCOPE)
endfunction()

# A room's headers are reachable only through its target: each room has an include
# root of its own that holds nothing but a link to that room. An #include across an
# edge that DEPS does not carry therefore fails to compile.
function(strata_library name)
  cmake_parse_arguments(ARG "" "ROOM;TOGETHER" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  set(room ${CMAKE_CURRENT_SOURCE_DIR}/${ARG_ROOM})
  cmake_path(NORMAL_PATH room)
  string(REGEX REPLACE "/$" "" room ${room})
  get_filename_component(room_name ${room} NAME)
  set(root ${CMAKE_BINARY_DIR}/rooms/${name})
  file(MAKE_DIRECTORY ${root})
  file(CREATE_LINK ${room} ${root}/${room_name} SYMBOLIC)
  strata_overlay(sources ${ARG_SOURCES})
  add_library(${name} STATIC ${sources})
  add_library(strata::${name} ALIAS ${name})
  target_include_directories(${name} PUBLIC
    $<BUILD_INTERFACE:${root}> $<INSTALL_INTERFACE:include/strata>)
  target_compile_features(${name} PUBLIC cxx_std_23)
  target_link_libraries(${name} PUBLIC ${ARG_DEPS}
    PRIVATE $<BUILD_INTERFACE:strata_flags> ${ARG_PRIVATE_DEPS})
  strata_precompile(${name} strata_standard)
  if(ARG_TOGETHER)
    strata_together(${name} ${ARG_TOGETHER})
  endif()
  set_property(GLOBAL APPEND PROPERTY STRATA_LIBRARIES ${name})
  set_property(GLOBAL APPEND PROPERTY STRATA_ROOMS ${room})
endfunction()

# The messages of .proto files, as protoc makes them; in the build folder, never in the tree.
# strata_messages(NAME net/one.proto net/two.proto): #include "net/one.pb.h". Needs Protobuf.
# Lite: a field that is not known stays the bytes it was, where else it becomes an object.
function(strata_messages name)
  set(generated ${CMAKE_BINARY_DIR}/generated)
  foreach(proto ${ARGN})
    get_filename_component(folder ${proto} DIRECTORY)
    get_filename_component(stem ${proto} NAME_WE)
    set(made ${generated}/${folder}/${stem}.pb)
    file(MAKE_DIRECTORY ${generated}/${folder})
    add_custom_command(
      OUTPUT ${made}.cc ${made}.h
      COMMAND protobuf::protoc --cpp_out=lite:${generated} --proto_path=${CMAKE_CURRENT_SOURCE_DIR}
              ${proto}
      DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${proto})
    list(APPEND sources ${made}.cc ${made}.h)
    install(FILES ${made}.h DESTINATION include/strata/${folder})
  endforeach()
  add_library(${name} STATIC ${sources})
  add_library(strata::${name} ALIAS ${name})
  target_include_directories(${name} SYSTEM PUBLIC
    $<BUILD_INTERFACE:${generated}> $<INSTALL_INTERFACE:include/strata>)
  target_link_libraries(${name} PUBLIC protobuf::libprotobuf-lite)
  target_compile_features(${name} PUBLIC cxx_std_23)
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  if(STRATA_SANITIZE)
    target_compile_options(${name} PRIVATE -fsanitize=${STRATA_SANITIZE} -fno-omit-frame-pointer)
  endif()
  set_property(GLOBAL APPEND PROPERTY STRATA_LIBRARIES ${name})
endfunction()

function(strata_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE strata_flags ${ARG_DEPS})
  strata_precompile(${name} strata_standard)
endfunction()

# Tests are compiled more often than they are run: their own code is optimised a little only.
add_library(strata_test_flags INTERFACE)
target_compile_options(strata_test_flags INTERFACE -Og)
target_link_libraries(strata_test_flags INTERFACE strata_flags fmt::fmt GTest::gmock)
strata_header_set(strata_test_headers FLAGS strata_test_flags
  HEADERS <gmock/gmock.h> <gtest/gtest.h> ${STRATA_STANDARD_HEADERS})

function(strata_test name)
  cmake_parse_arguments(ARG "" "LABEL;SHARDS" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} strata_test_flags strata_test_main)
  strata_precompile(${name} strata_test_headers)
  strata_together(${name} 8)
  if(NOT STRATA_TESTS)
    set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL ON)
  endif()
  if(NOT ARG_SHARDS)
    set(ARG_SHARDS 1)
  endif()
  foreach(shard RANGE 1 ${ARG_SHARDS})
    set(entry ${name})
    if(ARG_SHARDS GREATER 1)
      set(entry ${name}_${shard}_of_${ARG_SHARDS})
    endif()
    math(EXPR index "${shard} - 1")
    add_test(NAME ${entry} COMMAND ${name})
    set_tests_properties(${entry} PROPERTIES TIMEOUT 1200 LABELS "${ARG_LABEL}"
      ENVIRONMENT "GTEST_TOTAL_SHARDS=${ARG_SHARDS};GTEST_SHARD_INDEX=${index}")
  endforeach()
endfunction()

function(strata_bench name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  strata_program(${name} SOURCES ${ARG_SOURCES} DEPS ${ARG_DEPS} benchmark::benchmark_main)
endfunction()

function(strata_fuzzer name)
  if(STRATA_FUZZ)
    cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
    strata_program(${name} SOURCES ${ARG_SOURCES} DEPS ${ARG_DEPS})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    if(NOT TARGET all_fuzzers)
      add_custom_target(all_fuzzers)
    endif()
    add_dependencies(all_fuzzers ${name})
  endif()
endfunction()

# Object libraries whose objects register a stage and its file dumpers (SOURCES), and what only
# strata-load needs (LOAD), when a program that links them starts. See common/store/stage.h.
function(strata_stage name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LOAD;DEPS" ${ARGN})
  strata_registering_objects(stage_${name} SOURCES ${ARG_SOURCES} DEPS ${ARG_DEPS})
  if(ARG_LOAD)
    strata_registering_objects(load_${name} SOURCES ${ARG_LOAD} DEPS ${ARG_DEPS})
  endif()
endfunction()

# Objects that a program links even though it names nothing in them.
function(strata_registering_objects name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} OBJECT ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC ${ARG_DEPS} PRIVATE strata_flags)
  strata_precompile(${name} strata_standard)
endfunction()

# strata-load and strata-dump, each with the stages named, up to STRATA_THROUGH (and no others).
function(strata_tools)
  set(stages)
  set(for_load)
  foreach(stage ${ARGN})
    string(REGEX REPLACE "^week0*" "" number ${stage})
    if(STRATA_THROUGH AND number GREATER STRATA_THROUGH)
      continue()
    endif()
    list(APPEND stages stage_${stage})
    if(TARGET load_${stage})
      list(APPEND for_load load_${stage})
    endif()
  endforeach()
  strata_program(strata-load
    SOURCES ${STRATA_ROOT}/common/workload/strata_load.cc
    DEPS ${stages} ${for_load} workload_peers strata::workload)
  strata_program(strata-dump
    SOURCES ${STRATA_ROOT}/common/store/strata_dump.cc
    DEPS ${stages} strata::store cxxopts::cxxopts fmt::fmt)
endfunction()

function(strata_install_package)
  include(GNUInstallDirs)
  include(CMakePackageConfigHelpers)
  get_property(libraries GLOBAL PROPERTY STRATA_LIBRARIES)
  get_property(rooms GLOBAL PROPERTY STRATA_ROOMS)
  install(TARGETS ${libraries} EXPORT strata ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(DIRECTORY ${rooms} DESTINATION include/strata FILES_MATCHING PATTERN "*.h"
    REGEX "/(tests|tidy|fuzz|peers)$" EXCLUDE)
  install(EXPORT strata NAMESPACE strata:: FILE strata-targets.cmake
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/strata)
  configure_package_config_file(${STRATA_ROOT}/common/cmake/strata-config.cmake.in
    ${CMAKE_BINARY_DIR}/strata-config.cmake
    INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/strata)
  write_basic_package_version_file(${CMAKE_BINARY_DIR}/strata-config-version.cmake
    COMPATIBILITY SameMinorVersion)
  install(FILES ${CMAKE_BINARY_DIR}/strata-config.cmake
    ${CMAKE_BINARY_DIR}/strata-config-version.cmake
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/strata)
endfunction()
