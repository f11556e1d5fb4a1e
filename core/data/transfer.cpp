#include "data/transfer.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <exception>
#include <memory>
#include <string_view>

#include "base/error.h"
#include "base/files.h"

namespace bitloom {
namespace {

struct Request {
    CURL* handle = nullptr;
    PartialFile* partial = nullptr;
    std::uint64_t offset = 0;      ///< where the transfer was asked to start
    std::uint64_t rangeStart = 0;  ///< where the server says it starts (Content-Range)
    bool hasRange = false;
    bool started = false;
    std::uint64_t base = 0;  ///< bytes of the file before this response's body
    std::uint64_t mostBytes = 0;
    bool tooLarge = false, diskFull = false, cancelled = false, wrongRange = false;
    // curl's own low-speed limit averages over several seconds; this counts from the last byte.
    bool stalled = false;
    std::chrono::seconds patience{30};
    std::chrono::steady_clock::time_point lastByte = std::chrono::steady_clock::now();
    const std::function<bool(std::uint64_t, std::uint64_t)>* progress = nullptr;
    std::exception_ptr thrown;
};

std::size_t onHeader(char* data, std::size_t size, std::size_t count, void* user) {
    auto& request = *static_cast<Request*>(user);
    std::string line(data, size * count);
    for (char& c : line) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    const std::string_view field = "content-range: bytes ";
    if (line.starts_with("http/")) request.hasRange = false;  // headers of a redirect do not count
    if (line.starts_with(field)) {
        const char* begin = line.data() + field.size();
        request.hasRange =
            std::from_chars(begin, line.data() + line.size(), request.rangeStart).ec == std::errc();
    }
    return size * count;
}

std::size_t onBody(char* data, std::size_t size, std::size_t count, void* user) {
    auto& request = *static_cast<Request*>(user);
    const std::size_t bytes = size * count;
    if (!request.started) {
        request.started = true;
        long code = 0;
        curl_easy_getinfo(request.handle, CURLINFO_RESPONSE_CODE, &code);
        if (code == 206) {
            if (!request.hasRange || request.rangeStart != request.offset) {
                request.wrongRange = true;
                return 0;
            }
        } else if (request.offset > 0) {  // the whole file comes again
            try {
                request.partial->clear();
            } catch (const WorkError&) {  // never through the network library's own frames
                request.diskFull = true;
                return 0;
            }
        }
        request.base = request.partial->size();
    }
    if (request.partial->size() + bytes > request.mostBytes) {
        request.tooLarge = true;
        return 0;
    }
    if (!request.partial->append(data, bytes)) {
        request.diskFull = true;
        return 0;
    }
    request.lastByte = std::chrono::steady_clock::now();
    return bytes;
}

int onProgress(void* user, curl_off_t total, curl_off_t, curl_off_t, curl_off_t) {
    auto& request = *static_cast<Request*>(user);
    if (std::chrono::steady_clock::now() - request.lastByte > request.patience) {
        request.stalled = true;
        return 1;
    }
    const std::uint64_t whole =
        total > 0 && request.started ? request.base + static_cast<std::uint64_t>(total) : 0;
    try {
        if ((*request.progress)(request.partial->size(), whole)) return 0;
        request.cancelled = true;
    } catch (...) {  // thrown again when the network library has returned
        request.thrown = std::current_exception();
    }
    return 1;
}

void configure(CURL* handle, const std::string& url, Request& request) {
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
    curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
#endif
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(handle, CURLOPT_MAXREDIRS, 5L);
    curl_easy_setopt(handle, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, 20L);
    curl_easy_setopt(handle, CURLOPT_USERAGENT, "bitloom/" BITLOOM_VERSION);
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, onHeader);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, &request);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, onBody);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &request);
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, onProgress);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &request);
    if (request.offset > 0)
        curl_easy_setopt(handle, CURLOPT_RANGE, (std::to_string(request.offset) + "-").c_str());
}

TransferResult judge(CURLcode code, const Request& request, const TransferLimits& limits) {
    using State = TransferResult::State;
    long status = 0;
    curl_easy_getinfo(request.handle, CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_OK) {
        curl_off_t length = -1;
        curl_easy_getinfo(request.handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
        return {State::complete, {}, false, length < 0};
    }
    if (request.cancelled)
        return {State::cancelled, "the download was stopped; the next one goes on from there"};
    if (request.stalled) return {State::again, "the server stopped sending"};
    if (request.diskFull)
        return {State::failed,
                "cannot write " + utf8(request.partial->path()) + ", is the disk full?"};
    if (request.tooLarge) {
        request.partial->clear();
        return {State::failed, "the server sends more than the " +
                                   std::to_string(limits.mostBytes) + " bytes the file may have"};
    }
    if (request.wrongRange || status == 416) {
        request.partial->clear();  // the partial file does not fit what the server has
        return {State::again, "the server cannot continue the partial file"};
    }
    long proxyStatus = 0;
    curl_easy_getinfo(request.handle, CURLINFO_HTTP_CONNECTCODE, &proxyStatus);
    if (status == 0 && proxyStatus >= 300)
        return {State::failed, "the proxy answered " + std::to_string(proxyStatus)};
    if (code == CURLE_HTTP_RETURNED_ERROR) {
        const bool passing = status >= 500 || status == 408 || status == 429;
        return {passing ? State::again : State::failed,
                "the server answered " + std::to_string(status)};
    }
    const std::string reason = curl_easy_strerror(code);
    switch (code) {
        case CURLE_URL_MALFORMAT:
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_TOO_MANY_REDIRECTS:
            return {State::failed, reason};
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY:
        case CURLE_COULDNT_CONNECT:
            return {State::again, reason, true};
        case CURLE_OPERATION_TIMEDOUT:
            return {State::again, reason, !request.started};
        case CURLE_PARTIAL_FILE:
            return {State::again, "the connection ended before the file did"};
        default:
            return {State::again, reason};
    }
}

}  // namespace

PartialFile::PartialFile(std::filesystem::path path) : m_path(std::move(path)) {
    m_descriptor = ::open(m_path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (m_descriptor < 0)
        throw WorkError("cannot write " + utf8(m_path) + ": " + std::strerror(errno));
    if (::flock(m_descriptor, LOCK_EX | LOCK_NB) != 0) {
        ::close(m_descriptor);
        throw WorkError(utf8(m_path) + " is being downloaded by another process");
    }
    struct stat status {};
    if (::fstat(m_descriptor, &status) == 0 && status.st_size > 0)
        m_size = static_cast<std::uint64_t>(status.st_size);
}

PartialFile::~PartialFile() {
    ::close(m_descriptor);
}

bool PartialFile::append(const char* bytes, std::size_t count) {
    while (count > 0) {
        const ssize_t written = ::write(m_descriptor, bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes += written;
        count -= static_cast<std::size_t>(written);
        m_size += static_cast<std::uint64_t>(written);
    }
    return true;
}

void PartialFile::clear() {
    if (::ftruncate(m_descriptor, 0) != 0)
        throw WorkError("cannot cut " + utf8(m_path) + ": " + std::strerror(errno));
    m_size = 0;
}

void PartialFile::sync() {
    if (::fsync(m_descriptor) != 0)
        throw WorkError("cannot write " + utf8(m_path) + ": " + std::strerror(errno));
}

TransferResult transfer(const std::string& url, PartialFile& partial, const TransferLimits& limits,
                        const std::function<bool(std::uint64_t, std::uint64_t)>& progress) {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(curl_easy_init(),
                                                                     &curl_easy_cleanup);
    if (started != CURLE_OK || !handle) throw WorkError("the network library cannot start");
    Request request;
    request.handle = handle.get();
    request.partial = &partial;
    request.offset = partial.size();
    request.base = partial.size();
    request.mostBytes = limits.mostBytes;
    request.progress = &progress;
    request.patience = std::chrono::seconds(limits.stallSeconds);
    configure(handle.get(), url, request);
    const CURLcode code = curl_easy_perform(handle.get());
    if (request.thrown) std::rethrow_exception(request.thrown);
    if (code == CURLE_OK && !request.started && request.offset == 0) {
        partial.clear();
        return {TransferResult::State::again, "the server sent nothing"};
    }
    return judge(code, request, limits);
}

}  // namespace bitloom
