#pragma once
// A little HTTP server on 127.0.0.1 that misbehaves as told: one request a connection.

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace bitloom::test {

struct HttpRequest {
    std::string path;
    long rangeStart = -1;  ///< of "Range: bytes=N-", -1 without one
    int number = 0;        ///< counted from 0 over all requests
};

/// What the server does with a request: raw bytes to send, and how it ends.
struct HttpAnswer {
    std::string bytes;
    bool stall = false;  ///< keeps the connection open and silent until the client leaves
};

class HttpServer {
public:
    explicit HttpServer(std::function<HttpAnswer(const HttpRequest&)> answer);
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;
    ~HttpServer();

    [[nodiscard]] std::string url(const std::string& path) const;
    [[nodiscard]] std::vector<HttpRequest> requests() const;

private:
    void serve();
    void serveOne(int connection);

    std::function<HttpAnswer(const HttpRequest&)> m_answer;
    int m_socket = -1;
    int m_port = 0;
    std::atomic<bool> m_stop{false};
    mutable std::mutex m_mutex;
    std::vector<HttpRequest> m_requests;
    std::thread m_thread;
};

/// A response; `length` -1 sends no Content-Length. `extra`: further header lines, each with its
/// CRLF.
std::string httpResponse(int status, const std::string& body, long length,
                         const std::string& extra = {});

}  // namespace bitloom::test
