#include "http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace bitloom::test {
namespace {

/// Whether something can be read within 50 ms.
bool readable(int descriptor) {
    pollfd entry{descriptor, POLLIN, 0};
    return ::poll(&entry, 1, 50) > 0;
}

}  // namespace

HttpServer::HttpServer(std::function<HttpAnswer(const HttpRequest&)> answer)
    : m_answer(std::move(answer)), m_socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(m_socket, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(m_socket, 8) != 0 ||
        ::getsockname(m_socket, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw std::runtime_error("no local port");
    m_port = ntohs(address.sin_port);
    m_thread = std::thread([this] { serve(); });
}

HttpServer::~HttpServer() {
    m_stop = true;
    m_thread.join();
    ::close(m_socket);
}

std::string HttpServer::url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(m_port) + path;
}

std::vector<HttpRequest> HttpServer::requests() const {
    const std::lock_guard lock(m_mutex);
    return m_requests;
}

void HttpServer::serve() {
    while (!m_stop) {
        if (!readable(m_socket)) continue;
        const int connection = ::accept(m_socket, nullptr, nullptr);
        if (connection < 0) continue;
        serveOne(connection);
        ::close(connection);
    }
}

void HttpServer::serveOne(int connection) {
    std::string head;
    char block[4096];
    while (!m_stop && head.find("\r\n\r\n") == std::string::npos) {
        if (!readable(connection)) continue;
        const ssize_t got = ::read(connection, block, sizeof block);
        if (got <= 0) return;
        head.append(block, static_cast<std::size_t>(got));
    }
    HttpRequest request;
    const std::size_t begin = head.find(' ') + 1;
    request.path = head.substr(begin, head.find(' ', begin) - begin);
    const std::size_t range = head.find("Range: bytes=");
    if (range != std::string::npos) request.rangeStart = std::atol(head.c_str() + range + 13);
    {
        const std::lock_guard lock(m_mutex);
        request.number = static_cast<int>(m_requests.size());
        m_requests.push_back(request);
    }
    const HttpAnswer answer = m_answer(request);
    std::size_t sent = 0;
    while (sent < answer.bytes.size()) {
        const ssize_t wrote = ::send(connection, answer.bytes.data() + sent,
                                     answer.bytes.size() - sent, MSG_NOSIGNAL);
        if (wrote <= 0) return;
        sent += static_cast<std::size_t>(wrote);
    }
    while (answer.stall && !m_stop)
        if (readable(connection) && ::read(connection, block, sizeof block) <= 0) return;
}

std::string httpResponse(int status, const std::string& body, long length,
                         const std::string& extra) {
    std::string text =
        "HTTP/1.1 " + std::to_string(status) + " Text\r\nConnection: close\r\n" + extra;
    if (length >= 0) text += "Content-Length: " + std::to_string(length) + "\r\n";
    return text + "\r\n" + body;
}

}  // namespace bitloom::test
