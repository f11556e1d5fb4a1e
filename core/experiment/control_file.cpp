#include "experiment/control_file.h"

#include <utility>

#include "base/error.h"
#include "base/files.h"

namespace bitloom {

namespace {

bool newer(const struct stat& a, const struct stat& b) {
    return a.st_mtim.tv_sec != b.st_mtim.tv_sec ? a.st_mtim.tv_sec > b.st_mtim.tv_sec
                                                : a.st_mtim.tv_nsec > b.st_mtim.tv_nsec;
}

bool same(const struct stat& a, const struct stat& b) {
    return a.st_ino == b.st_ino && a.st_size == b.st_size && !newer(a, b) && !newer(b, a);
}

}  // namespace

ControlFile::ControlFile(std::filesystem::path run, const StopSignals& signals)
    : m_signals(signals), m_run(std::move(run)), m_path(m_run / "control.json") {
    // A stop that an earlier worker obeyed is older than the last summary it wrote. This one was
    // started by someone who wants it to run.
    struct stat control {};
    struct stat summary {};
    if (::stat(m_path.c_str(), &control) == 0 &&
        ::stat((m_run / "summary.json").c_str(), &summary) == 0 &&
        readControl(m_run).command == Control::Command::stop && !newer(control, summary))
        m_obeyed = control;
}

void ControlFile::take(bool exists) {
    std::string content;
    try {
        if (exists) content = readFile(m_path);
        m_control = exists ? parseControl(content, utf8(m_path)) : Control{};
        m_refused.reset();
    } catch (const InputError& error) {
        if (m_refused != content) m_problem = error.what();
        m_refused = std::move(content);
    }
}

Control ControlFile::read() {
    struct stat now {};
    if (::stat(m_path.c_str(), &now) != 0) now = {};
    if (!m_seen || !same(now, *m_seen)) {
        m_seen = now;
        take(now.st_ino != 0);
        if (m_obeyed && same(now, *m_obeyed)) m_control.command = Control::Command::run;
    }
    Control control = m_control;
    if (m_signals.asked()) control.command = Control::Command::stop;
    return control;
}

}  // namespace bitloom
