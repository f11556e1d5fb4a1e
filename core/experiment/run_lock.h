#pragma once
// One worker a run folder: a lock on RUN/.lock that the kernel drops with the process, so a killed
// worker leaves nothing to clean up.

#include <filesystem>

namespace bitloom {

class RunLock {
public:
    /// Throws InputError if another living worker holds the folder, WorkError if it cannot be
    /// written.
    explicit RunLock(const std::filesystem::path& run);
    ~RunLock();
    RunLock(const RunLock&) = delete;
    RunLock& operator=(const RunLock&) = delete;

private:
    int m_descriptor = -1;
};

}  // namespace bitloom
