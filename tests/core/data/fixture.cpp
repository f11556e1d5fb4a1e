#include "fixture.h"

#include <archive.h>
#include <archive_entry.h>

namespace bitloom::test {
namespace {

template <typename Configure>
std::string packed(const Files& files, Configure configure) {
    std::size_t room = 1 << 16;
    for (const auto& [name, content] : files) room += 2 * content.size() + 4096;
    std::string out(room, '\0');
    std::size_t used = 0;
    archive* writer = archive_write_new();
    configure(writer);
    archive_write_set_bytes_in_last_block(writer, 1);
    EXPECT_EQ(archive_write_open_memory(writer, out.data(), out.size(), &used), ARCHIVE_OK);
    for (const auto& [name, content] : files) {
        archive_entry* entry = archive_entry_new();
        archive_entry_set_pathname(entry, name.c_str());
        archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        EXPECT_EQ(archive_write_header(writer, entry), ARCHIVE_OK);
        archive_write_data(writer, content.data(), content.size());
        archive_entry_free(entry);
    }
    EXPECT_EQ(archive_write_close(writer), ARCHIVE_OK);
    archive_write_free(writer);
    out.resize(used);
    return out;
}

}  // namespace

std::string gzipped(std::string_view bytes) {
    return packed({{"data", std::string(bytes)}}, [](archive* writer) {
        archive_write_set_format_raw(writer);
        archive_write_add_filter_gzip(writer);
    });
}

std::string archived(const Files& files, const std::string& format) {
    return packed(files, [&](archive* writer) {
        if (format == "zip")
            archive_write_set_format_zip(writer);
        else if (format == "v7 tar")
            archive_write_set_format_v7tar(writer);
        else
            archive_write_set_format_pax_restricted(writer);
        if (format == "tar.gz") archive_write_add_filter_gzip(writer);
        if (format == "tar.xz") archive_write_add_filter_xz(writer);
    });
}

std::string idxFile(const std::vector<std::uint32_t>& dimensions, const std::string& bytes) {
    std::string file{0, 0, 8, static_cast<char>(dimensions.size())};
    for (const std::uint32_t size : dimensions)
        for (int shift = 24; shift >= 0; shift -= 8) file += static_cast<char>(size >> shift);
    return file + bytes;
}

}  // namespace bitloom::test
