# heaters_library(<folder> SOURCES ... [TESTS ...] [SERVER_TESTS ...] [LINKS ...] [PRIVATE_LINKS ...])
#
# One folder of src/ as a static library heaters_<folder> and, when TESTS are given, one test binary
# <folder>_test. SERVER_TESTS make <folder>_server_test, see below. LINKS are the layers below that its headers may name; PRIVATE_LINKS are the third-party
# libraries that only this folder may see.
function(heaters_library folder)
  cmake_parse_arguments(ARG "" "" "SOURCES;TESTS;SERVER_TESTS;LINKS;PRIVATE_LINKS" ${ARGN})
  set(target heaters_${folder})
  add_library(${target} STATIC ${ARG_SOURCES})
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(${target} PUBLIC ${ARG_LINKS} PRIVATE heaters_warnings ${ARG_PRIVATE_LINKS})
  # Where every pixel passes. Elsewhere -O3, and with ASan any optimisation, only makes compiling slow.
  if(folder MATCHES "^(base|looks|media|search|shots)$")
    target_compile_options(${target} PRIVATE $<IF:$<CONFIG:Debug>,-O1,-O3>)
  endif()
  # Under ThreadSanitizer only what has threads: those of others meet in the database, which it does not see, or in the pool
  # of sidecar, which has tests of its own.
  if(HEATERS_SANITIZE STREQUAL "thread" AND
     NOT folder MATCHES "^(base|db|elastic|jobs|media|net|search|sidecar|stages|storage|web)$")
    return()
  endif()
  if(ARG_TESTS)
    heaters_test(${folder}_test SOURCES ${ARG_TESTS} LINKS ${target})
  endif()
  if(ARG_SERVER_TESTS)
    heaters_server_test(${folder}_server_test SOURCES ${ARG_SERVER_TESTS} LINKS ${target})
  endif()
endfunction()

# Compiling the tests costs more than compiling what they test, a third of it for UBSan, of which test code has little to
# gain.
set(test_options $<$<NOT:$<CONFIG:Debug>>:-O1> $<$<CONFIG:Debug>:-fno-sanitize=undefined>)

# What the sanitizers are not to report, which is not ours.
if(HEATERS_SANITIZE STREQUAL "thread")
  set(heaters_test_environment "TSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/tsan.supp")
else()
  set(heaters_test_environment "LSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/lsan.supp:print_suppressions=0")
endif()

# heaters_server_test(<name> SOURCES ... LINKS ...): a GoogleTest binary whose tests need servers that take time to
# start. They are started once, by the binary, which runs as a whole.
function(heaters_server_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE heaters_warnings ${ARG_LINKS} heaters_servers GTest::gmock GTest::gtest_main)
  target_compile_options(${name} PRIVATE ${test_options})
  target_compile_definitions(${name} PRIVATE HEATERS_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  add_test(NAME ${name} COMMAND ${name})
  # The longest ones begin first, or one of them runs alone at the end.
  set_tests_properties(${name} PROPERTIES TIMEOUT 1500 COST 1000
    ENVIRONMENT "${heaters_test_environment}")
endfunction()

# heaters_test(<name> SOURCES ... LINKS ...): a GoogleTest binary, which runs as a whole too: most of its tests take less than
# a process takes to start.
function(heaters_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE heaters_warnings ${ARG_LINKS} GTest::gmock GTest::gtest_main)
  target_compile_options(${name} PRIVATE ${test_options})
  target_compile_definitions(${name} PRIVATE HEATERS_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 900 ENVIRONMENT "${heaters_test_environment}")
endfunction()
