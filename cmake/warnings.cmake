add_library(heaters_warnings INTERFACE)
target_compile_options(heaters_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual -Werror
  # Designated initializers leave out what has a default on purpose.
  -Wno-missing-field-initializers)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 sees overlapping copies in `"text" + std::to_string(n)` (its bug 105651), and uninitialised members in
  # temporaries that hold a std::string or std::optional (its bug 105562); clang-tidy looks for both.
  target_compile_options(heaters_warnings INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
endif()

if(HEATERS_SANITIZE)
  # Whether a pointer is null is not asked at every use, which makes up a quarter of what it costs to compile: the use
  # itself faults.
  add_compile_options(
    -fsanitize=${HEATERS_SANITIZE} -fno-sanitize=null -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${HEATERS_SANITIZE})
  # For tests that do less then; compilers name it each in its own way.
  add_compile_definitions(HEATERS_SANITIZED)
  if(HEATERS_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
  endif()
endif()
if(HEATERS_SANITIZE STREQUAL "thread")
  add_compile_definitions(HEATERS_SANITIZED_THREADS)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 warns that TSan does not model atomic_thread_fence, which spdlog's bundled queue uses.
    add_compile_options(-Wno-tsan)
  endif()
endif()
