# embed_migrations(<out.cpp> <symbol> FILES ...)
#
# Generates the definition of `heaters::db::<symbol>`, one Migration per SQL file, in the order given.
# The version is the number that the file's name begins with.
function(embed_migrations output symbol)
  cmake_parse_arguments(ARG "" "" "FILES" ${ARGN})
  set(body "")
  foreach(file IN LISTS ARG_FILES)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(READ ${file} sql)
    get_filename_component(name ${file} NAME_WE)
    string(REGEX MATCH "^[0-9]+" version ${name})
    math(EXPR version "1${version} - 10000")
    string(APPEND body "    {${version}, \"${name}\", R\"SQL(${sql})SQL\"},\n")
  endforeach()
  file(CONFIGURE OUTPUT ${output} @ONLY CONTENT
"#include \"db/migrations.h\"

namespace heaters::db {
const std::vector<Migration> ${symbol} = {
${body}};
}  // namespace heaters::db
")
endfunction()

# embed_text(<out.cpp> <header> <symbol> <file>)
#
# Generates the definition of the text constant `<symbol>`, a name with its namespace, from one file.
function(embed_text output header symbol source)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  file(READ ${source} text)
  file(CONFIGURE OUTPUT ${output} @ONLY CONTENT "#include \"${header}\"

const char* const ${symbol} = R\"TEXT(${text})TEXT\";
")
endfunction()
