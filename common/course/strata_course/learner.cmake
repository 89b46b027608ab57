# Compiles the files of STRATA_WORKSHOP with the further options STRATA_LENIENT. build.py has
# CMake include this for the trees that lay a workshop over the reference. All other files
# keep their flags, so that ccache can give their objects to every tree.

include_guard(GLOBAL)

function(strata_be_lenient)
  get_property(libraries GLOBAL PROPERTY STRATA_LIBRARIES)
  foreach(library ${libraries})
    get_target_property(sources ${library} SOURCES)
    get_target_property(folder ${library} SOURCE_DIR)
    foreach(source ${sources})
      cmake_path(IS_PREFIX STRATA_WORKSHOP "${source}" NORMALIZE theirs)
      if(theirs)
        set_source_files_properties("${source}" DIRECTORY "${folder}"
          PROPERTIES COMPILE_OPTIONS "${STRATA_LENIENT}")
      endif()
    endforeach()
  endforeach()
endfunction()

cmake_language(DEFER DIRECTORY "${CMAKE_SOURCE_DIR}" CALL strata_be_lenient)
