// Downloads from a server that truncates, stalls and lies.

#include "data/download.h"

#include <gmock/gmock.h>

#include "base/files.h"
#include "data/data_folder.h"
#include "data/inventory.h"
#include "fixture.h"
#include "http_server.h"
#include "math/rng.h"

namespace bitloom {
namespace {

using test::HttpAnswer;
using test::HttpRequest;
using test::httpResponse;
using test::HttpServer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Download : public test::DataFolderTest {
protected:
    Download() {
        Rng rng(3);
        for (int i = 0; i < 200000; ++i) content += static_cast<char>(rng.below(256));
        options.retryDelaySeconds = 0.01;
        options.stallSeconds = 1;
        options.retries = 3;
    }
    /// The rest of the content from the asked range on, as an honest server sends it.
    HttpAnswer honest(const HttpRequest& request) const {
        if (request.rangeStart < 0)
            return {httpResponse(200, content, static_cast<long>(content.size()))};
        const auto start = static_cast<std::size_t>(request.rangeStart);
        if (start >= content.size()) return {httpResponse(416, "", 0)};
        const std::string rest = content.substr(start);
        return {httpResponse(206, rest, static_cast<long>(rest.size()),
                             "Content-Range: bytes " + std::to_string(start) + "-" +
                                 std::to_string(content.size() - 1) + "/" +
                                 std::to_string(content.size()) + "\r\n")};
    }
    void fetch(const HttpServer& server, std::uint64_t most = 1'000'000) {
        downloadFile(server.url("/file"), target(), sha256(content), most, options);
    }
    std::string workError(const HttpServer& server, std::uint64_t most = 1'000'000) {
        try {
            fetch(server, most);
        } catch (const WorkError& error) {
            EXPECT_FALSE(std::filesystem::exists(target()));
            return error.what();
        }
        ADD_FAILURE() << "no WorkError";
        return {};
    }
    std::filesystem::path target() const { return files.path() / "file"; }
    std::filesystem::path part() const { return files.path() / "file.part"; }

    std::string content;
    DownloadOptions options;
};

TEST_F(Download, FetchesAndReportsProgress) {
    const HttpServer server([&](const HttpRequest& request) { return honest(request); });
    std::vector<DownloadProgress> seen;
    options.progress = [&](const DownloadProgress& now) {
        seen.push_back(now);
        return true;
    };
    fetch(server);
    EXPECT_EQ(readFile(target()), content);
    EXPECT_FALSE(std::filesystem::exists(part()));
    ASSERT_FALSE(seen.empty());
    EXPECT_EQ(seen.back().received, content.size());
    EXPECT_EQ(seen.back().total, content.size());
    EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(Download, ContinuesWhereTheServerCutOff) {
    const HttpServer server([&](const HttpRequest& request) {
        HttpAnswer answer = honest(request);
        if (request.number < 3) answer.bytes.resize(answer.bytes.size() / 2);
        return answer;
    });
    fetch(server);
    EXPECT_EQ(readFile(target()), content);
    const auto requests = server.requests();
    ASSERT_EQ(requests.size(), 4u);
    EXPECT_EQ(requests[0].rangeStart, -1);
    for (std::size_t i = 1; i < 4; ++i)
        EXPECT_GT(requests[i].rangeStart, requests[i - 1].rangeStart);
}

TEST_F(Download, ContinuesWhereAServerThatSaysNoLengthCutOff) {
    const HttpServer server([&](const HttpRequest& request) {
        if (request.number > 0) return honest(request);
        return HttpAnswer{httpResponse(200, content.substr(0, 90000), -1)};
    });
    fetch(server);
    EXPECT_EQ(readFile(target()), content);
    ASSERT_EQ(server.requests().size(), 2u);
    EXPECT_EQ(server.requests()[1].rangeStart, 90000);
}

TEST_F(Download, ContinuesAPartialFileOfAnEarlierCall) {
    files.write("file.part", content.substr(0, 150000));
    const HttpServer server([&](const HttpRequest& request) { return honest(request); });
    fetch(server);
    EXPECT_EQ(readFile(target()), content);
    EXPECT_EQ(server.requests().at(0).rangeStart, 150000);
}

TEST_F(Download, AWholePartialFileNeedsNoServer) {
    files.write("file.part", content);
    const HttpServer server([&](const HttpRequest& request) { return honest(request); });
    fetch(server);
    EXPECT_EQ(readFile(target()), content);
    EXPECT_TRUE(server.requests().empty());
}

TEST_F(Download, AServerThatIgnoresTheRangeStartsOver) {
    files.write("file.part", content.substr(0, 150000));
    const HttpServer server([&](const HttpRequest&) {
        return HttpAnswer{httpResponse(200, content, static_cast<long>(content.size()))};
    });
    fetch(server);
    EXPECT_EQ(readFile(target()), content);
    EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(Download, AWrongRangeOrARefusedOneStartsOver) {
    for (const int status : {206, 416}) {
        files.write("file.part", content.substr(0, 150000));
        const HttpServer server([&](const HttpRequest& request) {
            if (request.rangeStart < 0) return honest(request);
            if (status == 416) return HttpAnswer{httpResponse(416, "", 0)};
            return HttpAnswer{httpResponse(206, content.substr(7),
                                           static_cast<long>(content.size()) - 7,
                                           "Content-Range: bytes 7-199999/200000\r\n")};
        });
        fetch(server);
        EXPECT_EQ(readFile(target()), content);
        EXPECT_EQ(server.requests().size(), 2u);
        std::filesystem::remove(target());
    }
}

TEST_F(Download, AStalledServerIsLeftAndTheRestFetched) {
    const HttpServer server([&](const HttpRequest& request) {
        HttpAnswer answer = honest(request);
        if (request.number == 0) {
            answer.bytes.resize(answer.bytes.size() / 2);
            answer.stall = true;
        }
        return answer;
    });
    fetch(server);
    EXPECT_EQ(readFile(target()), content);
    EXPECT_GT(server.requests().at(1).rangeStart, 0);
}

TEST_F(Download, GivesUpAfterTheRetriesAndKeepsThePartialFile) {
    const HttpServer server([&](const HttpRequest& request) {
        HttpAnswer answer = honest(request);
        answer.bytes.resize(request.number == 0 ? answer.bytes.size() / 2 : 0);
        return answer;
    });
    const std::string message = workError(server);
    EXPECT_THAT(message, HasSubstr(server.url("/file")));
    EXPECT_EQ(server.requests().size(), 1u + 1u + 3u);
    EXPECT_GT(std::filesystem::file_size(part()), 50000u);
}

TEST_F(Download, AnAddressNobodyAnswersAtIsGivenUpSoon) {
    int most = 0;
    options.retries = 20;
    options.progress = [&](const DownloadProgress& now) {
        most = std::max(most, now.attempt);
        return true;
    };
    try {
        downloadFile("http://127.0.0.1:1/file", target(), {}, 1000, options);
        ADD_FAILURE() << "no WorkError";
    } catch (const WorkError& error) {
        EXPECT_THAT(error.what(), HasSubstr("try again"));
    }
    EXPECT_LE(most, 2);
    EXPECT_FALSE(std::filesystem::exists(part()));
}

TEST_F(Download, AnExceptionOfTheCallerComesThrough) {
    const HttpServer server([&](const HttpRequest& request) { return honest(request); });
    options.progress = [](const DownloadProgress&) -> bool { throw std::out_of_range("mine"); };
    EXPECT_THROW(fetch(server), std::out_of_range);
}

TEST_F(Download, WrongContentIsDeletedAndSaidSo) {
    const HttpServer server([&](const HttpRequest&) {
        const std::string lie(content.size(), 'x');
        return HttpAnswer{httpResponse(200, lie, static_cast<long>(lie.size()))};
    });
    EXPECT_THAT(workError(server), HasSubstr("checksum of the 200000 bytes is wrong"));
    EXPECT_FALSE(std::filesystem::exists(part()));
}

TEST_F(Download, AWrongLengthIsNotTrusted) {
    {
        // Says less than the file has: the checksum shows it.
        const HttpServer server(
            [&](const HttpRequest&) { return HttpAnswer{httpResponse(200, content, 1000)}; });
        EXPECT_THAT(workError(server), HasSubstr("checksum of the 1000 bytes is wrong"));
    }
    {
        // No length at all and cut off: also only the checksum can show it.
        const HttpServer server([&](const HttpRequest&) {
            return HttpAnswer{httpResponse(200, content.substr(9), -1)};
        });
        EXPECT_THAT(workError(server), HasSubstr("checksum"));
    }
    {
        const HttpServer server(
            [&](const HttpRequest&) { return HttpAnswer{httpResponse(200, content, -1)}; });
        EXPECT_THAT(workError(server, 1000), HasSubstr("more than the 1000 bytes"));
        EXPECT_FALSE(std::filesystem::exists(part()));
    }
}

TEST_F(Download, ErrorsOfTheServer) {
    {
        const HttpServer server(
            [&](const HttpRequest&) { return HttpAnswer{httpResponse(404, "none", 4)}; });
        EXPECT_THAT(workError(server), HasSubstr("the server answered 404"));
        EXPECT_EQ(server.requests().size(), 1u);
        EXPECT_FALSE(std::filesystem::exists(part()));
    }
    {
        const HttpServer server([&](const HttpRequest& request) {
            if (request.number < 2) return HttpAnswer{httpResponse(503, "later", 5)};
            return honest(request);
        });
        fetch(server);
        EXPECT_EQ(server.requests().size(), 3u);
        std::filesystem::remove(target());
    }
    {
        const HttpServer server([&](const HttpRequest&) {
            return HttpAnswer{httpResponse(302, "", 0, "Location: file:///etc/passwd\r\n")};
        });
        workError(server);
        EXPECT_EQ(server.requests().size(), 1u);
    }
}

TEST_F(Download, CancellingKeepsThePartialFile) {
    const HttpServer server([&](const HttpRequest& request) {
        HttpAnswer answer = honest(request);
        answer.bytes.resize(answer.bytes.size() / 2);
        answer.stall = true;
        return answer;
    });
    options.stallSeconds = 30;
    options.progress = [](const DownloadProgress& now) { return now.received == 0; };
    EXPECT_THAT(workError(server), HasSubstr("stopped"));
    EXPECT_TRUE(std::filesystem::exists(part()));
}

TEST_F(Download, BadAddressesAndNames) {
    for (const char* url : {"", "file:///etc/passwd", "ftp://host/file", "no address"})
        EXPECT_THROW(downloadFile(url, target(), {}, 1000, options), InputError) << url;
    EXPECT_THROW(downloadDataset("grammar", options), InputError);
    EXPECT_THROW(downloadDataset("text_file", options), InputError);
    EXPECT_THROW(downloadDataset("nothing", options), InputError);
    EXPECT_EQ(officialAddresses("permuted_mnist").size(), 4u);
    EXPECT_THAT(officialAddresses("text8"), ElementsAre("http://mattmahoney.net/dc/text8.zip"));
    EXPECT_EQ(officialAddresses("ptb_char"), officialAddresses("ptb_word"));
}

TEST_F(Download, OtherContentIsNeverInstalled) {
    const HttpServer server([&](const HttpRequest& request) { return honest(request); });
    options.url = server.url("/text8.zip");
    try {
        downloadDataset("text8", options);
        ADD_FAILURE() << "no WorkError";
    } catch (const WorkError& error) {
        EXPECT_THAT(error.what(), HasSubstr("does not hold the published files"));
    }
    EXPECT_TRUE(std::filesystem::is_empty(datasetsFolder() / ".downloads"));
    EXPECT_FALSE(isInstalled(datasetKind("text8")));
}

TEST_F(Download, InstallsADatasetFromAFolderAndFromOneArchive) {
    const auto shared = test::sharedDatasets();
    if (shared.empty()) GTEST_SKIP() << "the published files are not at hand";
    test::Files words;
    for (const char* split : {"train", "valid", "test"}) {
        const std::string name = std::string("ptb.") + split + ".txt";
        words.emplace_back(name, readFile(shared / "ptb" / name));
    }
    const std::string archive = test::archived(words, "tar.gz");
    const HttpServer server([&](const HttpRequest& request) {
        for (const auto& [name, text] : words)
            if (request.path == "/data/" + name)
                return HttpAnswer{httpResponse(200, text, static_cast<long>(text.size()))};
        if (request.path == "/all.tgz")
            return HttpAnswer{httpResponse(200, archive, static_cast<long>(archive.size()))};
        return HttpAnswer{httpResponse(404, "", 0)};
    });
    for (const char* path : {"/data/", "/all.tgz"}) {
        options.url = server.url(path);
        const ImportReport report = downloadDataset("ptb_char", options);
        EXPECT_THAT(report.ready, ::testing::UnorderedElementsAre("ptb_char", "ptb_word")) << path;
        EXPECT_EQ(openDataset(test::named("ptb_char"))->info().vocabulary, 50);
        EXPECT_TRUE(std::filesystem::is_empty(datasetsFolder() / ".downloads"));
        std::filesystem::remove_all(datasetsFolder());
    }
}

}  // namespace
}  // namespace bitloom
