# Compile settings, the room function and the test function: one place for all targets.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(BITLOOM_CCACHE ccache)
if(BITLOOM_CCACHE)
    # Paths below the source folder are hashed relative to the build folder, so that the presets that
    # compile alike (dev, headless) and other checkouts share results.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
        CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
        CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
        ${BITLOOM_CCACHE})
endif()
find_program(BITLOOM_MOLD mold)

add_library(bitloom_options INTERFACE)
target_compile_options(bitloom_options INTERFACE -Wall -Wextra -Wconversion -Wshadow -fno-math-errno
    -ffp-contract=off -fpch-preprocess)
if(BITLOOM_WARNINGS_AS_ERRORS)
    target_compile_options(bitloom_options INTERFACE -Werror)
endif()
if(BITLOOM_SANITIZE)
    target_compile_options(bitloom_options INTERFACE -fsanitize=${BITLOOM_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(bitloom_options INTERFACE -fsanitize=${BITLOOM_SANITIZE})
endif()
if(BITLOOM_MOLD AND NOT BITLOOM_SANITIZE)
    target_link_options(bitloom_options INTERFACE -fuse-ld=mold)
endif()

# bitloom_room(NAME LINKS...): the static library bitloom_NAME from the .cpp files of core/NAME.
# LINKS are the rooms above it and the libraries it needs; the linker so enforces the room order.
function(bitloom_room name)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
    if(NOT sources)
        add_library(bitloom_${name} INTERFACE)
        target_link_libraries(bitloom_${name} INTERFACE bitloom_options ${ARGN})
        target_include_directories(bitloom_${name} INTERFACE ${CMAKE_CURRENT_SOURCE_DIR})
        return()
    endif()
    add_library(bitloom_${name} STATIC ${sources})
    target_link_libraries(bitloom_${name} PUBLIC bitloom_options ${ARGN})
    target_include_directories(bitloom_${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
endfunction()

# bitloom_tests(NAME DIR LINKS...): one GoogleTest executable NAME from the .cpp files of tests/DIR.
function(bitloom_tests name directory)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${directory}/*.cpp)
    if(NOT sources)
        return()
    endif()
    add_executable(${name} ${sources})
    target_link_libraries(${name} PRIVATE ${ARGN} GTest::gmock GTest::gtest GTest::gtest_main)
    target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
    target_precompile_headers(${name} PRIVATE <gmock/gmock.h> <gtest/gtest.h> <filesystem> <string>
        <vector>)
    target_compile_definitions(${name} PRIVATE BITLOOM_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
        BITLOOM_BINARY_DIR="${CMAKE_BINARY_DIR}")
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT 600 ENVIRONMENT "GOMP_SPINCOUNT=1000")
endfunction()
