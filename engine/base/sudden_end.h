// What is still done when the process is ended from outside: by Ctrl-C, by another signal, or
// because a mapped file was cut while it was read.
//
// A signal handler can be given nothing and may neither allocate nor lock. So the files that are
// being written stand in a table of fixed size, which is global for that reason alone. A place of
// the table changes hands by one atomic step: a handler that runs while another thread gives its
// place back never removes a file that is not in the table any more.
#pragma once

#include <filesystem>
#include <string_view>

namespace alcove {

/// Where a file stands in the table.
enum class UnfinishedFile : int { None = -1 };

/// Enters a file that is to be removed when the process is ended; or a folder, which is removed if
/// nothing is in it once the files are. None: the table is full or the path too long; then it stays
/// behind, as after a power cut.
[[nodiscard]] UnfinishedFile addUnfinishedFile(const std::filesystem::path& path);
/// The file is whole, or removed. None is allowed.
void forgetUnfinishedFile(UnfinishedFile file);
/// Removes the files of the table: for whoever ends the process without unwinding. May be called
/// in a signal handler.
void removeUnfinishedFiles();

/// For the main of a program, before it starts threads; a library does not call it. From here on
///   - the signals that end a process (SIGINT, SIGTERM, SIGHUP …) first remove unfinished files and
///     then end it as they always do; a signal that is ignored stays ignored;
///   - reading a mapped file that was cut meanwhile (SIGBUS) ends it with a sentence on standard
///     error, begun with the program's name, and exit code 1.
void prepareForSuddenEnd(std::string_view program);

/// For a thread that writes to sockets: who closes the other end makes an error of it, and does not
/// end the process.
void surviveClosedPipes();

}  // namespace alcove
