#include "experiment/run_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "experiment/run_folder.h"

namespace bitloom {

RunLock::RunLock(const std::filesystem::path& run) {
    const std::filesystem::path path = run / ".lock";
    m_descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (m_descriptor < 0)
        throw WorkError("cannot write " + utf8(path) + ": " + std::strerror(errno));
    int result = 0;
    do result = ::flock(m_descriptor, LOCK_EX | LOCK_NB);
    while (result != 0 && errno == EINTR);
    if (result == 0) return;
    // File systems without locks (some network mounts): the heartbeat has to do.
    if (errno != EWOULDBLOCK && !workerLives(run)) return;
    ::close(m_descriptor);
    throw InputError(utf8(run), {},
                     "another worker is training this run; wait for it or stop it first");
}

RunLock::~RunLock() {
    ::close(m_descriptor);
}

}  // namespace bitloom
