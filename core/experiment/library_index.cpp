#include "experiment/library_index.h"

#include <sqlite3.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"

namespace bitloom {
namespace {

namespace fs = std::filesystem;

constexpr int k_version = 1;
constexpr const char* k_schema =
    "CREATE TABLE IF NOT EXISTS runs (id TEXT PRIMARY KEY, stamp TEXT NOT NULL, summary TEXT NOT "
    "NULL,"
    " dataset TEXT, quantizer TEXT, normalization TEXT, cell TEXT, bits INTEGER, hidden INTEGER,"
    " layers INTEGER, created TEXT, starred INTEGER, tags TEXT, note TEXT)";

/// A prepared statement that cleans up after itself.
class Statement {
public:
    Statement(sqlite3* database, const char* sql) {
        m_code = sqlite3_prepare_v2(database, sql, -1, &m_statement, nullptr);
    }
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    ~Statement() { sqlite3_finalize(m_statement); }

    void bind(int column, const std::string& text) {
        sqlite3_bind_text(m_statement, column, text.data(), static_cast<int>(text.size()),
                          SQLITE_TRANSIENT);  // NOLINT: SQLite's own macro
    }
    void bind(int column, int value) { sqlite3_bind_int(m_statement, column, value); }

    /// SQLITE_ROW, SQLITE_DONE or an error.
    int step() { return m_code == SQLITE_OK ? sqlite3_step(m_statement) : m_code; }
    void reset() { sqlite3_reset(m_statement); }

    [[nodiscard]] std::string text(int column) const {
        const auto* bytes = sqlite3_column_text(m_statement, column);
        const int size = sqlite3_column_bytes(m_statement, column);
        return bytes ? std::string(reinterpret_cast<const char*>(bytes),
                                   static_cast<std::size_t>(size))
                     : std::string();
    }
    [[nodiscard]] int integer(int column) const { return sqlite3_column_int(m_statement, column); }

private:
    sqlite3_stmt* m_statement = nullptr;
    int m_code = SQLITE_OK;
};

bool execute(sqlite3* database, const char* sql) {
    return sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK;
}

std::string firstText(sqlite3* database, const char* sql) {
    Statement statement(database, sql);
    return statement.step() == SQLITE_ROW ? statement.text(0) : std::string();
}

std::string tagsJson(const std::vector<std::string>& tags) {
    return nlohmann::json(tags).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::vector<std::string> tagsFromJson(const std::string& text) {
    const auto tree = nlohmann::json::parse(text, nullptr, false);
    std::vector<std::string> tags;
    if (tree.is_array())
        for (const auto& tag : tree)
            if (tag.is_string()) tags.push_back(tag.get<std::string>());
    return tags;
}

}  // namespace

struct LibraryIndex::Connection {
    explicit Connection(const std::string& path) {
        good = sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                               nullptr) == SQLITE_OK;
        if (!good) return;
        sqlite3_busy_timeout(database, 2000);
        // Without shared memory (some network disks) WAL is refused; the old journal works there.
        if (firstText(database, "PRAGMA journal_mode=WAL") != "wal")
            execute(database, "PRAGMA journal_mode=DELETE");
        execute(database, "PRAGMA synchronous=NORMAL");
        const std::string version = firstText(database, "PRAGMA user_version");
        good = (version == "0" || version == std::to_string(k_version)) &&
               firstText(database, "PRAGMA quick_check(1)") == "ok" &&
               execute(database, k_schema) && execute(database, "PRAGMA user_version=1");
        if (good) return;
        const int code = sqlite3_errcode(database);
        busy = code == SQLITE_BUSY || code == SQLITE_LOCKED;
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { sqlite3_close(database); }

    sqlite3* database = nullptr;
    bool good = false;
    bool busy = false;  ///< sound, but another program has held it too long
};

LibraryIndex::LibraryIndex(const fs::path& folder) : m_folder(folder) {
    open();
}

LibraryIndex::~LibraryIndex() = default;

void LibraryIndex::open() {
    m_connection = std::make_unique<Connection>(utf8(m_folder / "library.sqlite"));
    if (m_connection->good) return;
    // What another window is writing is not deleted under it: this one does without.
    if (m_connection->busy)
        m_connection = std::make_unique<Connection>(":memory:");
    else
        reopenEmpty();
}

void LibraryIndex::reopenEmpty() {
    m_connection.reset();
    std::error_code ignored;
    for (const char* suffix : {"", "-wal", "-shm", "-journal"})
        fs::remove(m_folder / (std::string("library.sqlite") + suffix), ignored);
    m_connection = std::make_unique<Connection>(utf8(m_folder / "library.sqlite"));
    if (!m_connection->good) m_connection = std::make_unique<Connection>(":memory:");
}

std::vector<IndexedRun> LibraryIndex::load() {
    std::vector<IndexedRun> rows;
    Statement select(m_connection->database,
                     "SELECT id, stamp, summary, dataset, quantizer, normalization, cell, bits, "
                     "hidden, layers, created, starred, tags, note FROM runs");
    int code = select.step();
    for (; code == SQLITE_ROW; code = select.step()) {
        IndexedRun row;
        LibraryRun& run = row.run;
        run.id = select.text(0);
        run.folder = m_folder / pathFromUtf8(run.id);
        row.stamp = select.text(1);
        try {
            run.summary = parseSummary(select.text(2), run.id);
        } catch (const InputError&) {
            continue;
        }
        run.dataset = select.text(3);
        run.quantizer = select.text(4);
        run.normalization = select.text(5);
        run.cell = select.text(6);
        run.bits = select.integer(7);
        run.hidden = select.integer(8);
        run.layers = select.integer(9);
        run.created = select.text(10);
        run.starred = select.integer(11) != 0;
        run.tags = tagsFromJson(select.text(12));
        run.note = select.text(13);
        rows.push_back(std::move(row));
    }
    if (code != SQLITE_DONE) rows.clear();  // damaged: every folder is read again
    return rows;
}

void LibraryIndex::update(const std::vector<const IndexedRun*>& changed,
                          const std::vector<std::string>& gone) {
    if (changed.empty() && gone.empty()) return;
    sqlite3* database = m_connection->database;
    if (!execute(database, "BEGIN IMMEDIATE")) return;
    Statement insert(database, "INSERT OR REPLACE INTO runs VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    bool good = true;
    for (const IndexedRun* row : changed) {
        const LibraryRun& run = row->run;
        insert.bind(1, run.id);
        insert.bind(2, row->stamp);
        insert.bind(3, summaryJson(run.summary));
        insert.bind(4, run.dataset);
        insert.bind(5, run.quantizer);
        insert.bind(6, run.normalization);
        insert.bind(7, run.cell);
        insert.bind(8, run.bits);
        insert.bind(9, run.hidden);
        insert.bind(10, run.layers);
        insert.bind(11, run.created);
        insert.bind(12, run.starred ? 1 : 0);
        insert.bind(13, tagsJson(run.tags));
        insert.bind(14, run.note);
        good = insert.step() == SQLITE_DONE && good;
        insert.reset();
    }
    Statement remove(database, "DELETE FROM runs WHERE id = ?");
    for (const std::string& id : gone) {
        remove.bind(1, id);
        good = remove.step() == SQLITE_DONE && good;
        remove.reset();
    }
    // A commit can fail on a full disk; left open, it would block every later one.
    if (!good || !execute(database, "COMMIT")) execute(database, "ROLLBACK");
}

}  // namespace bitloom
