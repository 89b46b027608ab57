# That Strata can be used from outside, and that a week stands on its own. Included by the
# top CMakeLists.txt, since both need the whole.

if(CMAKE_SCRIPT_MODE_FILE)
  # Run by the tests below:  cmake -DWHAT=... -P package_tests.cmake
  function(run)
    execute_process(COMMAND ${ARGN} RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
      list(JOIN ARGN " " command)
      message(FATAL_ERROR "failed: ${command}")
    endif()
  endfunction()

  function(configure source build)
    run(${CMAKE_COMMAND} --fresh -G ${GENERATOR} -S ${source} -B ${build}
        -DCMAKE_CXX_COMPILER=${COMPILER} ${ARGN})
  endfunction()

  if(WHAT STREQUAL "consumer")
    # Installs the build tree, then builds a project that finds it there and runs it.
    file(REMOVE_RECURSE ${SCRATCH})
    separate_arguments(libraries UNIX_COMMAND "${LIBRARIES}")
    run(${CMAKE_COMMAND} --build ${BUILD} --target ${libraries})
    run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${SCRATCH}/prefix)
    configure(${SOURCE} ${SCRATCH}/build -DCMAKE_PREFIX_PATH=${SCRATCH}/prefix
              "-DCMAKE_CXX_FLAGS=${FLAGS}")
    run(${CMAKE_COMMAND} --build ${SCRATCH}/build)
    run(${SCRATCH}/build/consumer ${SCRATCH}/data)
    file(REMOVE_RECURSE ${SCRATCH})
  elseif(WHAT STREQUAL "week")
    # CMake resolves every target and source of the week, and Ninja finds every step. That the
    # sources compile is known already: the rules are the same ones, from Strata.cmake. With
    # STRATA_FULL in the environment the library is built, too.
    configure(${SOURCE} ${SCRATCH} -DCMAKE_BUILD_TYPE=RelWithDebInfo)
    run(${CMAKE_COMMAND} --build ${SCRATCH} --target ${LIBRARIES} -- -n)
    if(DEFINED ENV{STRATA_FULL})
      run(${CMAKE_COMMAND} --build ${SCRATCH} --target ${LIBRARIES})
    endif()
  endif()
  return()
endif()

function(strata_package_test name)
  add_test(NAME ${name} COMMAND ${CMAKE_COMMAND} -DGENERATOR=${CMAKE_GENERATOR}
    -DCOMPILER=${CMAKE_CXX_COMPILER} -DSCRATCH=${CMAKE_BINARY_DIR}/scratch/${name}
    ${ARGN} -P ${STRATA_ROOT}/common/cmake/package_tests.cmake)
  set_tests_properties(${name} PROPERTIES LABELS "common;tree" TIMEOUT 600)
endfunction()

get_property(libraries GLOBAL PROPERTY STRATA_LIBRARIES)
list(JOIN libraries " " libraries)
set(flags)
if(STRATA_SANITIZE)
  set(flags -fsanitize=${STRATA_SANITIZE})
endif()
strata_package_test(consumer_test -DWHAT=consumer -DBUILD=${CMAKE_BINARY_DIR}
  -DSOURCE=${STRATA_ROOT}/common/cmake/consumer "-DLIBRARIES=${libraries}" "-DFLAGS=${flags}")
# Each week alone builds all those that it stands on.
if(NOT STRATA_SANITIZE)  # which changes nothing for this
  file(GLOB weeks RELATIVE ${STRATA_ROOT} ${STRATA_ROOT}/week[0-9][0-9]-*)
  foreach(week ${weeks})
    string(REGEX REPLACE "week[0-9]+-" "" library ${week})
    strata_package_test(${week}_alone_test -DWHAT=week -DSOURCE=${STRATA_ROOT}/${week}
      -DLIBRARIES=${library})
  endforeach()
endif()
