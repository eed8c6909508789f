# The user interface, built by npm into <build>/ui, and with it the tests that need a browser.
if(NOT HEATERS_UI)
  return()
endif()
find_program(NPM_PROGRAM npm REQUIRED)

# npm_packages(<folder> <stamp>): what a package-lock.json names, into the folder's node_modules.
function(npm_packages folder stamp)
  add_custom_command(OUTPUT ${stamp}
    COMMAND ${NPM_PROGRAM} ci --no-audit --no-fund --loglevel=error
    COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
    WORKING_DIRECTORY ${folder}
    DEPENDS ${folder}/package-lock.json
    COMMENT "Fetching the npm packages of ${folder}"
    VERBATIM)
endfunction()

set(ui_folder ${CMAKE_SOURCE_DIR}/ui)
npm_packages(${ui_folder} ${CMAKE_BINARY_DIR}/ui_packages.stamp)
file(GLOB_RECURSE ui_sources CONFIGURE_DEPENDS ${ui_folder}/src/*.ts ${ui_folder}/src/*.svelte ${ui_folder}/src/*.css)
list(FILTER ui_sources EXCLUDE REGEX "/generated/")
add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/ui/index.html
  COMMAND ${NPM_PROGRAM} run --silent build -- --outDir ${CMAKE_BINARY_DIR}/ui --emptyOutDir --logLevel warn
  WORKING_DIRECTORY ${ui_folder}
  DEPENDS ${ui_sources} ${CMAKE_BINARY_DIR}/ui_packages.stamp ${CMAKE_SOURCE_DIR}/src/web/openapi.json
    ${ui_folder}/index.html ${ui_folder}/vite.config.ts ${ui_folder}/tsconfig.json
  COMMENT "Building the user interface"
  VERBATIM)
add_custom_target(ui ALL DEPENDS ${CMAKE_BINARY_DIR}/ui/index.html)

npm_packages(${CMAKE_SOURCE_DIR}/tests/browser ${CMAKE_BINARY_DIR}/browser_packages.stamp)
add_custom_target(browser_packages ALL DEPENDS ${CMAKE_BINARY_DIR}/browser_packages.stamp)
npm_packages(${CMAKE_SOURCE_DIR}/tests/pgvector ${CMAKE_BINARY_DIR}/pgvector_packages.stamp)
add_custom_target(pgvector_packages DEPENDS ${CMAKE_BINARY_DIR}/pgvector_packages.stamp)
