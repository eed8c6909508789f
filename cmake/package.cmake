# What is installed, and the Debian package that CPack makes of it: scripts/package.
include(GNUInstallDirs)

set(manual_folder ${CMAKE_BINARY_DIR}/manual)
add_custom_command(OUTPUT ${manual_folder}/stamp
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${manual_folder}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${manual_folder}/man1
  COMMAND heaters manual ${manual_folder}/man1
  COMMAND gzip -9n -r ${manual_folder}/man1
  COMMAND heaters completion bash > ${manual_folder}/heaters
  COMMAND ${CMAKE_COMMAND} -E touch ${manual_folder}/stamp
  DEPENDS heaters
  COMMENT "Writing manual pages and shell completion"
  VERBATIM)
add_custom_target(manual ALL DEPENDS ${manual_folder}/stamp)

install(TARGETS heaters RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ${CMAKE_BINARY_DIR}/ui DESTINATION ${CMAKE_INSTALL_DATADIR}/heaters)
install(DIRECTORY python DESTINATION ${CMAKE_INSTALL_DATADIR}/heaters
  FILES_MATCHING PATTERN "*.py" PATTERN "requirements.txt" PATTERN "__pycache__" EXCLUDE)
install(FILES packaging/fly/heaters.toml DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples RENAME fly.toml)
install(DIRECTORY ${manual_folder}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
install(FILES ${manual_folder}/heaters DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES README.md ARCHITECTURE.md packaging/debian/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md" PATTERN "pictures" EXCLUDE)
install(FILES packaging/grafana/heaters.json packaging/prometheus/alerts.yml DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(FILES packaging/systemd/heaters.service packaging/systemd/heaters-worker.service
  DESTINATION ${CMAKE_INSTALL_PREFIX}/lib/systemd/system)
install(FILES packaging/systemd/heaters.toml DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/heaters)
install(FILES packaging/systemd/environment DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/heaters
  PERMISSIONS OWNER_READ OWNER_WRITE)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME heaters)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The Heaters project <heaters@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Video ingest: shots, clips, review, exact export")
set(CPACK_PACKAGE_DESCRIPTION "Turns video files and URLs into reviewed, searchable, frame-accurate clips. Decodes a video
once, encodes it only when a browser could not play it, and stores it once. One
program serves the user interface, runs jobs, and controls workers on other
machines.")
set(CPACK_SET_DESTDIR ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION video)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Loaded when they are needed (media/lazy_library.h), which dpkg-shlibdeps does not see.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libavformat59 (>= 7:5.1) | libavformat-extra59 (>= 7:5.1), libavcodec59 (>= 7:5.1) | libavcodec-extra59 (>= 7:5.1), libavutil57 (>= 7:5.1), libswresample4 (>= 7:5.1), libswscale6 (>= 7:5.1), libavfilter8 (>= 7:5.1) | libavfilter-extra8 (>= 7:5.1), libdav1d6, libebur128-1, adduser")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "python3, ca-certificates")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "yt-dlp, postgresql")
set(debian ${CMAKE_SOURCE_DIR}/packaging/debian)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "${debian}/conffiles;${debian}/postinst;${debian}/prerm;${debian}/postrm")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
