using Microsoft.Data.Sqlite;

namespace Dex.LocalCluster.Storage;

/// <summary>
/// Keeps the current objects in one SQLite table. The write-ahead log is synced at every commit, so that what was acknowledged
/// survives a crash of the process and of the machine.
/// </summary>
sealed class SqliteJournal : IJournal
{
    const long SchemaVersion = 1;

    const string Schema = """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE objects (
          resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, revision INTEGER NOT NULL, json BLOB NOT NULL,
          PRIMARY KEY (resource, namespace, name));
        INSERT INTO meta VALUES ('revision', 1);
        PRAGMA user_version = 1;
        """;

    readonly string _file;
    readonly SqliteConnection _connection;
    readonly Statement _put, _remove, _revision;

    SqliteJournal(string file, SqliteConnection connection)
    {
        _file = file;
        _connection = connection;
        _put = new Statement(connection, "INSERT OR REPLACE INTO objects VALUES ($0, $1, $2, $3, $4)", 5);
        _remove = new Statement(connection, "DELETE FROM objects WHERE resource = $0 AND namespace = $1 AND name = $2", 3);
        _revision = new Statement(connection, "UPDATE meta SET value = $0 WHERE key = 'revision'", 1);
    }

    /// <exception cref="Dex.Yaml.DiagnosticException">Written by a newer dex, or damaged.</exception>
    public static SqliteJournal Open(string file)
    {
        if (!File.Exists(file))
            PrivateFile.Write(file, []);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString());
        try
        {
            connection.Open();
            Execute(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA locking_mode = EXCLUSIVE;");
            Prepare(file, connection);
            return new SqliteJournal(file, connection);
        }
        catch (SqliteException exception)
        {
            connection.Dispose();
            throw StorageErrors.Damaged(file, exception.Message);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public StoreState Load()
    {
        try
        {
            var state = new StoreStateBuilder();
            using var command = _connection.CreateCommand();
            command.CommandText = "SELECT resource, namespace, name, revision, json FROM objects";
            using var rows = command.ExecuteReader();
            while (rows.Read())
            {
                var key = new ObjectKey(string.Intern(rows.GetString(0)), rows.GetString(1), rows.GetString(2));
                state.Add(EncodedObject.Stored(key, rows.GetInt64(3), (byte[])rows.GetValue(4)));
            }
            return state.Build(Scalar(_connection, "SELECT value FROM meta WHERE key = 'revision'"));
        }
        catch (SqliteException exception)
        {
            throw StorageErrors.Damaged(_file, exception.Message);
        }
    }

    public void Append(IReadOnlyList<PendingChange> changes)
    {
        using var transaction = _connection.BeginTransaction();
        foreach (var pending in changes)
        {
            var stored = pending.Change.Object;
            if (pending.Change.Type == ChangeType.Deleted)
                _remove.Run(transaction, stored.Key.Resource, stored.Key.Namespace, stored.Key.Name);
            else
                _put.Run(transaction, stored.Key.Resource, stored.Key.Namespace, stored.Key.Name, stored.Revision, stored.Json.ToArray());
        }
        _revision.Run(transaction, changes[^1].Change.Object.Revision);
        transaction.Commit();
    }

    public void Dispose()
    {
        _put.Dispose();
        _remove.Dispose();
        _revision.Dispose();
        _connection.Dispose();
    }

    static void Prepare(string file, SqliteConnection connection)
    {
        var found = Scalar(connection, "PRAGMA user_version");
        if (found > SchemaVersion)
            throw StorageErrors.NewerSchema(file, found, SchemaVersion);
        if (found == 0)
            Execute(connection, $"BEGIN; {Schema} COMMIT;");
    }

    static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    static long Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
    }

    sealed class Statement : IDisposable
    {
        readonly SqliteCommand _command;

        public Statement(SqliteConnection connection, string sql, int parameters)
        {
            _command = connection.CreateCommand();
            _command.CommandText = sql;
            for (var i = 0; i < parameters; i++)
                _command.Parameters.Add(new SqliteParameter { ParameterName = "$" + i });
        }

        public void Run(SqliteTransaction transaction, params ReadOnlySpan<object> values)
        {
            _command.Transaction = transaction;
            for (var i = 0; i < values.Length; i++)
                _command.Parameters[i].Value = values[i];
            _command.ExecuteNonQuery();
        }

        public void Dispose() => _command.Dispose();
    }
}
